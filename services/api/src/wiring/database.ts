import type { Config } from '../config.ts';
import { connectionPerRequest } from '../db/connectionPerRequest.ts';
import { createDatabase, type Database } from '../db/database.ts';
import { serverOf } from '../db/server.ts';
import { pooledConnections } from '../optimizations/connectionPool.ts';

export function openDatabase(config: Config, schema: string): Database {
  const { mysqlUrl, optimizations, database: limits } = config;
  const server = serverOf(mysqlUrl);
  const source = optimizations.has('connection-pool')
    ? pooledConnections(server, schema, {
        size: limits.poolSize,
        queue: limits.poolQueue,
        connectTimeoutMs: limits.connectTimeoutMs,
      })
    : connectionPerRequest(server, schema, limits.connectTimeoutMs);
  return createDatabase(source, limits);
}
