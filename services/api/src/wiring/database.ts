import type { Config } from '../config.ts';
import { connectionPerRequest } from '../db/connectionPerRequest.ts';
import { createDatabase, type Database } from '../db/database.ts';
import { serverOf } from '../db/server.ts';
import { oneAfterAnother } from '../db/session.ts';
import { pooledConnections } from '../optimizations/connectionPool.ts';
import { atOnce } from '../optimizations/parallelAwaits.ts';
import { mostPrepared, prepare } from '../optimizations/preparedStatements.ts';

export function openDatabase(config: Config, schema: string): Database {
  const { mysqlUrl, optimizations, database: limits } = config;
  const server = { ...serverOf(mysqlUrl), maxPreparedStatements: mostPrepared };
  const source = optimizations.has('connection-pool')
    ? pooledConnections(server, schema, {
        size: limits.poolSize,
        queue: limits.poolQueue,
        connectTimeoutMs: limits.connectTimeoutMs,
      })
    : connectionPerRequest(server, schema, limits.connectTimeoutMs);
  const parallel = optimizations.has('parallel-awaits');
  return createDatabase(source, limits, {
    prepare: optimizations.has('prepared-statements') ? prepare : null,
    runAll: parallel ? atOnce : oneAfterAnother,
    spread: parallel && optimizations.has('connection-pool'),
  });
}
