import { createPool } from 'mysql2';
import type { ConnectionSource } from '../db/database.ts';
import type { Server } from '../db/server.ts';
import { Unanswered } from '../db/unanswered.ts';
import { unavailable } from '../problem.ts';
import type { Optimization } from './optimization.ts';

export const connectionPool = {
  name: 'connection-pool',
  group: 'database',
  title: 'Connection pool',
  does: 'Keeps connections to the database open and lends them to requests, instead of logging in for each. Size and queue are bounded: what does not fit is refused at once.',
  where: ['*'],
  evidence: [
    { what: 'logins at the database', moves: 'down' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: ['Too small a pool makes requests wait for each other; too large a one overloads the database.'],
} as const satisfies Optimization;

export function pooledConnections(
  server: Server,
  schema: string,
  options: { size: number; queue: number; connectTimeoutMs: number },
): ConnectionSource {
  const pool = createPool({
    ...server,
    database: schema,
    connectTimeout: options.connectTimeoutMs,
    connectionLimit: options.size,
    queueLimit: options.queue,
  });
  const unanswered = new Unanswered(server, options.connectTimeoutMs);
  pool.on('connection', (connection) => unanswered.made(connection));
  return {
    acquire(timeoutMs) {
      return new Promise((resolve, reject) => {
        let late = false;
        // mysql2 sets no limit to the time in the queue.
        const timer = setTimeout(() => {
          late = true;
          reject(unavailable('No connection to the database became free in time; try again.'));
        }, timeoutMs);
        pool.getConnection((error, connection) => {
          clearTimeout(timer);
          if (error !== null) {
            reject(error.message === 'Queue limit reached.' ? busy(error) : error);
          } else if (late) {
            connection.release();
          } else {
            resolve(connection);
          }
        });
      });
    },
    release(connection) {
      pool.releaseConnection(connection as Parameters<typeof pool.releaseConnection>[0]);
      return Promise.resolve();
    },
    giveUp: (connection) => unanswered.giveUp(connection),
    close() {
      unanswered.close();
      return new Promise((resolve) => pool.end(() => resolve()));
    },
  };
}

function busy(cause: Error) {
  return unavailable('All connections to the database are taken and the queue is full; try again.', cause);
}
