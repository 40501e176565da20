import { type Connection, createConnection, type QueryError } from 'mysql2';
import { isDisconnect } from './failures.ts';
import type { Server } from './server.ts';

const retryMs = 1000;

/**
 * Connections whose statement was not answered in time. A server does not notice that nobody waits any more: it would go
 * on with the statement, and keep the locks of its transaction, for as long as it takes. So it is told over a connection of
 * its own, as soon as it can be reached. There must be one server behind its address: another one has other numbers.
 */
export class Unanswered {
  readonly #server: Server;
  readonly #timeoutMs: number;
  /** When each connection was made, which is when the server gave it its number. */
  readonly #madeAtMs = new WeakMap<Connection, number>();
  /** What was given up: by the server's number of the connection, when it was made. */
  readonly #given = new Map<number, number>();
  #ending = false;
  #nextTry: NodeJS.Timeout | null = null;
  #connection: Connection | null = null;
  #closed = false;

  constructor(server: Server, timeoutMs: number) {
    this.#server = server;
    this.#timeoutMs = timeoutMs;
  }

  /** To be told of each connection, as soon as there is one. */
  made(connection: Connection): void {
    this.#madeAtMs.set(connection, performance.now());
  }

  giveUp(connection: Connection): void {
    const { threadId } = connection;
    const madeAtMs = this.#madeAtMs.get(connection);
    connection.destroy();
    if (threadId === null || madeAtMs === undefined || this.#closed) return;
    this.#given.set(threadId, madeAtMs);
    if (!this.#ending && this.#nextTry === null) void this.#end();
  }

  close(): void {
    this.#closed = true;
    if (this.#nextTry !== null) clearTimeout(this.#nextTry);
    this.#connection?.destroy();
  }

  async #end(): Promise<void> {
    this.#ending = true;
    try {
      await this.#endAll();
    } catch {
      // It cannot be reached: requests that want something of it say so.
    }
    this.#ending = false;
    if (this.#closed || this.#given.size === 0) return;
    this.#nextTry = setTimeout(() => {
      this.#nextTry = null;
      void this.#end();
    }, retryMs);
    this.#nextTry.unref();
  }

  async #endAll(): Promise<void> {
    const connection = createConnection({ ...this.#server, connectTimeout: this.#timeoutMs });
    connection.on('error', () => {});
    this.#connection = connection;
    try {
      const startedAtMs = await this.#serverStart(connection);
      for (const [id, madeAtMs] of this.#given) {
        // A server that was started since then may have given the number to somebody else.
        if (madeAtMs > startedAtMs) await this.#kill(connection, id);
        this.#given.delete(id);
      }
    } finally {
      connection.destroy();
      this.#connection = null;
    }
  }

  /** At the latest: the server counts whole seconds. */
  async #serverStart(connection: Connection): Promise<number> {
    const [uptime] = await this.#ask<{ Value: string }[]>(connection, "show global status like 'Uptime'");
    return performance.now() - Number(uptime?.Value ?? 0) * 1000;
  }

  async #kill(connection: Connection, id: number): Promise<void> {
    await this.#ask(connection, `kill ${id}`).catch((error: QueryError) => {
      // Otherwise it is gone already.
      if (isDisconnect(error)) throw error;
    });
  }

  #ask<Result>(connection: Connection, sql: string): Promise<Result> {
    return new Promise((resolve, reject) => {
      connection.query({ sql, timeout: this.#timeoutMs }, (error, result) => {
        if (error === null) resolve(result as Result);
        else reject(error);
      });
    });
  }
}
