import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type ExitCode, exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { isPortName, portVariable } from '../settings.ts';
import { commandOf, pids, socketInodesOf } from './proc.ts';

export interface PortOwner {
  /** Null when the owner cannot be seen: another user's process, or one in another container. */
  pid: number | null;
  command: string;
}

/** Who listens on a TCP port, on any address, IPv4 or IPv6. */
export function ownersOf(port: number): PortOwner[] {
  const inodes = new Set(listenersOn(port));
  if (inodes.size === 0) return [];
  const owners: PortOwner[] = [];
  const seen = new Set<string>();
  for (const pid of pids()) {
    const held = socketInodesOf(pid).filter((inode) => inodes.has(inode));
    if (held.length > 0) owners.push({ pid, command: commandOf(pid) });
    for (const inode of held) seen.add(inode);
  }
  // A socket whose holder may not be looked at is still somebody's.
  if (seen.size < inodes.size) owners.push({ pid: null, command: 'a process that this user cannot see' });
  return owners;
}

/** Refuses before anything is started; `what` is the port's name in the settings where it has one. */
export async function assertPortFree(
  port: number,
  what: string,
  exitCode: ExitCode = exitCodes.usage,
): Promise<void> {
  // One after the other: 0.0.0.0 is taken while our own 127.0.0.1 is.
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
    const code = await tryToListen(port, host);
    if (code === null || code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') continue;
    throw new DynoError(`Port ${port} (${what}) ${reason(code, port, host)}. ${wayOut(what)}`, exitCode);
  }
}

/** Every listener on the port must be one of these processes: a foreign one would be measured in their place. */
export function assertOwnedBy(port: number, pids: number[], what: string): void {
  const owners = ownersOf(port);
  if (owners.length === 0) {
    throw new DynoError(
      `Nothing listens on port ${port}: ${what} has not opened it, or has closed it.`,
      exitCodes.invalid,
    );
  }
  const foreign = owners.filter(({ pid }) => pid === null || !pids.includes(pid));
  if (foreign.length > 0) {
    throw new DynoError(
      `Port ${port} is not served by ${what} alone: ${foreign.map(describe).join(', ')} listens there too. ${wayOut(what)}`,
      exitCodes.invalid,
    );
  }
}

export interface Listener {
  pid: number;
  address: string;
  port: number;
}

/** Where these processes listen. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(listening);
  return pids.flatMap((pid) => {
    const held = new Set(socketInodesOf(pid));
    return sockets
      .filter(({ inode }) => held.has(inode))
      .map(({ address, port }) => ({ pid, address, port }));
  });
}

/** State 0A is LISTEN; the port is hexadecimal behind the address, the inode is field 10 (proc(5)). */
function listening(table: string): { address: string; port: number; inode: string }[] {
  return lines(table)
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local = '', , state, , , , , , inode = '']) => {
      const [address = '', port = ''] = local.split(':');
      return state === '0A' ? [{ address: addressOf(address), port: Number.parseInt(port, 16), inode }] : [];
    });
}

function listenersOn(port: number): string[] {
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap(listening)
    .filter((socket) => socket.port === port)
    .map(({ inode }) => inode);
}

/** The kernel prints words of four bytes in the machine's order; every machine that Dyno runs on is little-endian. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const text = bytes.join('');
  if (/^0*$/.test(text)) return '::';
  if (/^0{31}1$/.test(text)) return '::1';
  return (text.match(/.{4}/g) ?? []).join(':');
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // No IPv6 on this machine.
    return [];
  }
}

function tryToListen(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, ipv6Only: true }, () => server.close(() => resolve(null)));
  });
}

function reason(code: string, port: number, host: string): string {
  if (code === 'EACCES') return 'may not be opened by this user: ports below 1024 need rights';
  if (code !== 'EADDRINUSE') return `cannot be opened on ${host}: ${code}`;
  const owners = ownersOf(port);
  // Bound without listening, or used as the near end of an outgoing connection.
  if (owners.length === 0) return `is in use on ${host} by a connection`;
  return `is taken by ${owners.map(describe).join(', ')}`;
}

function describe({ pid, command }: PortOwner): string {
  const shortened = command.length > 120 ? `${command.slice(0, 120)}…` : command;
  return pid === null ? shortened : `process ${pid} (${shortened})`;
}

function wayOut(what: string): string {
  const where = isPortName(what)
    ? `${portVariable(what)} in .env`
    : 'its DYNO_PORT__ variable in .env, or service.port (--on-port) where the service has one of its own';
  return `Stop that process, or choose another port: ${where}.`;
}
