import { connect, type Socket } from 'node:net';
import { DynoError } from '../errors.ts';

/** Operations of Memcached's binary protocol, the only one that our server speaks. */
const operations = { flush: 0x08, stat: 0x10 } as const;
const headerBytes = 24;
const timeoutMs = 2000;

export interface MemcachedStats {
  version: string;
  items: number;
  usedBytes: number;
  hits: number;
  misses: number;
  evicted: number;
}

export async function memcachedStats(url: string): Promise<MemcachedStats> {
  const stats = new Map<string, string>();
  await ask(url, operations.stat, (key, value) => {
    // One packet a figure; an empty one is the last.
    if (key === '') return true;
    stats.set(key, value);
    return false;
  });
  const figure = (name: string) => Number(stats.get(name) ?? 0);
  return {
    version: stats.get('version') ?? 'unknown',
    items: figure('curr_items'),
    usedBytes: figure('bytes'),
    hits: figure('get_hits'),
    misses: figure('get_misses'),
    evicted: figure('evictions'),
  };
}

/** Everything: it holds sessions and nothing else. */
export async function flushMemcached(url: string): Promise<void> {
  await ask(url, operations.flush, () => true);
}

/** Sends one request without a body and reads packets until the listener has seen enough. */
function ask(
  url: string,
  operation: number,
  onPacket: (key: string, value: string) => boolean,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const request = Buffer.alloc(headerBytes);
  request.set([0x80, operation]);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port) });
    const fail = (cause: unknown) => {
      socket.destroy();
      reject(new DynoError('Memcached does not answer: "dyno up" starts it.', undefined, { cause }));
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => fail(new Error('no answer in time')));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('it closed the connection')));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= headerBytes) {
        const keyBytes = received.readUInt16BE(2);
        const end = headerBytes + received.readUInt32BE(8);
        if (received.length < end) return;
        const body = received.subarray(headerBytes + received.readUInt8(4), end);
        const isLast = onPacket(body.toString('latin1', 0, keyBytes), body.toString('latin1', keyBytes));
        received = received.subarray(end);
        if (isLast) {
          socket.removeAllListeners('close');
          socket.destroy();
          return resolve();
        }
      }
    });
    socket.write(request);
  });
}
