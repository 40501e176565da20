import { connect, type Socket } from 'node:net';
import { within } from '../cache/breaker.ts';

/** Of the binary protocol: the text protocol would take lines that a web page posts to the port for commands. */
const operations = { set: 0x01, delete: 0x04, version: 0x0b, getAndTouch: 0x1d } as const;
const found = 0;
const notFound = 1;
const headerBytes = 24;

interface Reply {
  status: number;
  /** What stands behind the extras: the value of a hit, the sentence of a failure. */
  value: Buffer;
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/**
 * The few commands of Memcached that sessions need, over one connection, answered in order. A session is read and
 * prolonged in one round trip; the client libraries know these as two.
 */
export class MemcachedClient {
  readonly #host: string;
  readonly #port: number;
  readonly #timeoutMs: number;
  #socket: Socket | null = null;
  #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);

  constructor(options: { url: string; timeoutMs: number }) {
    const { hostname, port } = new URL(options.url);
    this.#host = hostname;
    this.#port = port === '' ? 11_211 : Number(port);
    this.#timeoutMs = options.timeoutMs;
  }

  async set(key: string, value: string, seconds: number): Promise<void> {
    // Flags of our own, of which there are none, and the time.
    const extras = Buffer.alloc(8);
    extras.writeUInt32BE(seconds, 4);
    await this.#ask(operations.set, key, extras, Buffer.from(value), [found]);
  }

  /** Null when there is no such key; what there is lives so long from now. */
  async getAndTouch(key: string, seconds: number): Promise<Buffer | null> {
    const extras = Buffer.alloc(4);
    extras.writeUInt32BE(seconds, 0);
    const reply = await this.#ask(operations.getAndTouch, key, extras, none, [found, notFound]);
    return reply.status === found ? reply.value : null;
  }

  async delete(key: string): Promise<void> {
    await this.#ask(operations.delete, key, none, none, [found, notFound]);
  }

  async version(): Promise<string> {
    return (await this.#ask(operations.version, '', none, none, [found])).value.toString();
  }

  close(): void {
    this.#fail(this.#socket, new Error('The connection to Memcached was closed.'));
  }

  async #ask(
    operation: number,
    key: string,
    extras: Buffer,
    value: Buffer,
    expected: readonly number[],
  ): Promise<Reply> {
    this.#socket ??= this.#open();
    const socket = this.#socket;
    const answer = new Promise<Reply>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    socket.write(requestOf(operation, Buffer.from(key), extras, value));
    const reply = await within(this.#timeoutMs, answer).catch((error: Error) => {
      // A late answer would be taken for that of the next command.
      this.#fail(socket, error);
      throw error;
    });
    if (expected.includes(reply.status)) return reply;
    throw new Error(`Memcached answered status ${reply.status}: ${reply.value}`);
  }

  #open(): Socket {
    const socket = connect(this.#port, this.#host);
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#receive(socket, data));
    socket.on('error', (error) => this.#fail(socket, error));
    socket.on('close', () => this.#fail(socket, new Error('Memcached closed the connection.')));
    return socket;
  }

  #receive(socket: Socket, data: Buffer): void {
    if (socket !== this.#socket) return;
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    for (;;) {
      const bytes = wholeReply(this.#received);
      if (bytes === null) return;
      this.#waiting.shift()?.resolve(replyOf(this.#received.subarray(0, bytes)));
      this.#received = this.#received.subarray(bytes);
    }
  }

  /** The next command opens a new connection. */
  #fail(socket: Socket | null, error: Error): void {
    if (socket === null || socket !== this.#socket) return;
    this.#socket = null;
    this.#received = none;
    const waiting = this.#waiting;
    this.#waiting = [];
    socket.destroy();
    for (const { reject } of waiting) reject(error);
  }
}

const none = Buffer.alloc(0);

function requestOf(operation: number, key: Buffer, extras: Buffer, value: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(operation, 1);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  return Buffer.concat([header, extras, key, value]);
}

/** Bytes of the first reply; null until all of it is there. */
function wholeReply(received: Buffer): number | null {
  if (received.length < headerBytes) return null;
  const bytes = headerBytes + received.readUInt32BE(8);
  return received.length < bytes ? null : bytes;
}

function replyOf(whole: Buffer): Reply {
  const from = headerBytes + whole.readUInt8(4) + whole.readUInt16BE(2);
  return { status: whole.readUInt16BE(6), value: Buffer.from(whole.subarray(from)) };
}
