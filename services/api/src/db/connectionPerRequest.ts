import { createConnection } from 'mysql2';
import type { ConnectionSource } from './database.ts';
import type { Server } from './server.ts';
import { Unanswered } from './unanswered.ts';

/** Baseline: every request logs in to the database and out again. */
export function connectionPerRequest(
  server: Server,
  schema: string,
  connectTimeoutMs: number,
): ConnectionSource {
  const unanswered = new Unanswered(server, connectTimeoutMs);
  return {
    acquire(timeoutMs) {
      const connection = createConnection({
        ...server,
        database: schema,
        connectTimeout: Math.min(connectTimeoutMs, timeoutMs),
      });
      // A connection that breaks between two statements must not end the process; the next statement reports it.
      connection.on('error', () => {});
      return new Promise((resolve, reject) => {
        connection.connect((error) => {
          if (error !== null) {
            connection.destroy();
            return reject(error);
          }
          unanswered.made(connection);
          resolve(connection);
        });
      });
    },
    release(connection) {
      return new Promise((resolve) => connection.end(() => resolve()));
    },
    giveUp: (connection) => unanswered.giveUp(connection),
    close() {
      unanswered.close();
      return Promise.resolve();
    },
  };
}
