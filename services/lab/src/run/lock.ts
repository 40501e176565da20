import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { commandOf, pids, socketInodesOf } from './proc.ts';

const answerMs = 1_000;
const measuring = 'dyno-measure';

export interface MeasuringLock {
  release(): Promise<void>;
}

interface LockOptions {
  /** Folder of this checkout, told to whoever has to wait; the lock itself is the machine's. */
  home: string;
  /** Wait for the other measurement instead of refusing. */
  wait: boolean;
  /** What holds the lock, for the message that others get: `run products-…`. */
  what: string;
  onWait?: (holder: string) => void;
  /** Ends the waiting. */
  signal?: AbortSignal;
  /** Another lock than that of measuring. */
  name?: string;
}

/**
 * One measurement at a time for this user of this machine: two would disturb each other.
 * An abstract socket is freed by the kernel with its process, even on kill -9, and leaves no file behind.
 */
export async function takeMeasuringLock(options: LockOptions): Promise<MeasuringLock> {
  const name = nameOf(options.name ?? measuring);
  for (;;) {
    options.signal?.throwIfAborted();
    const server = await listen(`\0${name}`);
    if (server) return hold(server, options);
    const held = await ask(name);
    // Released in between.
    if (!held) continue;
    if (!options.wait) {
      held.leave();
      throw new DynoError(
        `Another measurement is under way: ${held.holder}. Wait for its end, or say --wait.`,
        exitCodes.usage,
      );
    }
    options.signal?.addEventListener('abort', held.leave, { once: true });
    options.onWait?.(held.holder);
    if (options.signal?.aborted) held.leave();
    await held.free;
    options.signal?.removeEventListener('abort', held.leave);
  }
}

/**
 * Who measures at this moment, in the holder's own words and with the process that the kernel names (null: it may not be seen).
 * Null when nobody does.
 */
export async function measurementUnderWay(
  what = measuring,
): Promise<{ holder: string; pid: number | null } | null> {
  const name = nameOf(what);
  const held = await ask(name);
  held?.leave();
  return held && { holder: held.holder, pid: holderByKernel(name) };
}

/** Null when somebody else has the name. */
async function listen(path: string): Promise<Server | null> {
  const server = createServer();
  try {
    server.listen(path);
    await once(server, 'listening');
    // The holder's end is when it says so or dies, not when it has nothing else to do.
    return server.unref();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null;
    throw error;
  }
}

/** Whoever connects is told who holds the lock, and stays connected until it is free. */
function hold(server: Server, { home, what }: LockOptions): MeasuringLock {
  const holder = `${what}, process ${process.pid} since ${new Date().toISOString()}, ${home}`;
  const waiting = new Set<Socket>();
  server.on('connection', (socket) => {
    waiting.add(socket.unref());
    socket.on('error', () => {});
    socket.on('close', () => waiting.delete(socket));
    socket.write(`${holder}\n`);
  });
  return {
    async release() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.ref();
      server.close();
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

/** Who holds the lock; `free` settles when it is released or its holder has died. Null when it is free already. */
async function ask(name: string): Promise<{ holder: string; free: Promise<unknown>; leave(): void } | null> {
  const socket = connect(`\0${name}`);
  const free = new Promise((resolve) => socket.once('close', resolve));
  const answer = await new Promise<string | null>((resolve) => {
    // A holder that is stopped or busy is not asked for long: the kernel knows its pid.
    const timer = setTimeout(() => resolve(describeHolder(name)), answerMs);
    const settle = (text: string | null) => {
      clearTimeout(timer);
      resolve(text);
    };
    socket.once('data', (data) => settle(data.toString().trim()));
    socket.once('close', () => settle(null));
    // `close` follows.
    socket.on('error', () => {});
  });
  return answer === null ? null : { holder: answer, free, leave: () => socket.destroy() };
}

/** One name per user; a NUL in front makes it abstract. */
const nameOf = (what: string): string => `${what}-${process.getuid?.() ?? 0}`;

function describeHolder(name: string): string {
  const pid = holderByKernel(name);
  return pid === null ? 'a process that this user cannot see' : `process ${pid} (${commandOf(pid)})`;
}

/** The last fields of /proc/net/unix are inode and path, with @ for the NUL of an abstract name. */
function holderByKernel(name: string): number | null {
  const inodes = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.at(-1) === `@${name}`)
    .map((fields) => fields.at(-2));
  return pids().find((one) => socketInodesOf(one).some((inode) => inodes.includes(inode))) ?? null;
}
