import diagnostics from 'node:diagnostics_channel';
import type { Attributes, Meter } from '@opentelemetry/api';
import { attributes, type CacheLookup, cacheChannel, metrics } from './names.ts';

/** What mysql2 and ioredis publish about one operation, as far as we read it. */
interface Operation {
  query?: unknown;
  command?: unknown;
  database?: unknown;
  error?: unknown;
  [startedAt]?: number | undefined;
}
const startedAt = Symbol('startedAt');

/** Database, pool and cache metrics from diagnostics channels: nothing is patched, and no loader hook is needed. */
export function recordChannels(meter: Meter): void {
  const operation = meter.createHistogram(metrics.databaseDuration.name, metrics.databaseDuration);
  const wait = meter.createHistogram(metrics.connectionWait.name, metrics.connectionWait);
  const create = meter.createHistogram(metrics.connectionCreate.name, metrics.connectionCreate);
  const lookups = meter.createCounter(metrics.cacheLookups.name, metrics.cacheLookups);

  const statement = labels((verb, database, error) => ({
    'db.system.name': 'mysql',
    'db.operation.name': verb,
    ...(database === '' ? {} : { 'db.namespace': database }),
    ...(error === '' ? {} : { 'error.type': error }),
  }));
  const command = labels((name, _, error) => ({
    'db.system.name': 'redis',
    'db.operation.name': name,
    ...(error === '' ? {} : { 'error.type': error }),
  }));
  const pool = labels((_, database) => ({ 'db.client.connection.pool.name': database || 'mysql' }));

  for (const channel of ['mysql2:query', 'mysql2:execute']) {
    time(channel, (seconds, of) =>
      operation.record(seconds, statement(verbOf(of.query), textOf(of.database), errorOf(of.error))),
    );
  }
  time('mysql2:pool:connect', (seconds, of) => wait.record(seconds, pool('', textOf(of.database), '')));
  time('mysql2:connect', (seconds, of) => create.record(seconds, pool('', textOf(of.database), '')));
  time('ioredis:command', (seconds, of) =>
    operation.record(seconds, command(textOf(of.command).toUpperCase(), '', errorOf(of.error))),
  );

  const lookup = labels((cache, result) => ({
    [attributes.cacheName]: cache,
    [attributes.cacheResult]: result,
  }));
  diagnostics.subscribe(cacheChannel, (message) => {
    const { cache, hit } = message as CacheLookup;
    lookups.add(1, lookup(cache, hit ? 'hit' : 'miss', ''));
  });
}

/** Calls `done` when an operation has its answer. */
function time(channel: string, done: (seconds: number, operation: Operation) => void): void {
  diagnostics.tracingChannel<unknown, Operation>(channel).subscribe({
    start(operation) {
      operation[startedAt] = performance.now();
    },
    asyncStart(operation) {
      const start = operation[startedAt];
      if (start === undefined) return;
      operation[startedAt] = undefined;
      done((performance.now() - start) / 1000, operation);
    },
    // All five are asked for; these have nothing to say here.
    end() {},
    asyncEnd() {},
    error() {},
  });
}

/** One attributes object for each combination, so that a record on the hot path allocates none. */
function labels(make: (first: string, second: string, third: string) => Attributes) {
  const known = new Map<string, Attributes>();
  return (first: string, second: string, third: string): Attributes => {
    const key = `${first}\n${second}\n${third}`;
    let found = known.get(key);
    if (!found) {
      found = make(first, second, third);
      if (known.size < 500) known.set(key, found);
    }
    return found;
  };
}

/** The statement's verb and nothing else of it. */
function verbOf(query: unknown): string {
  const verb = /^\s*([a-z]{2,12})\b/i.exec(textOf(query).slice(0, 40))?.[1];
  return verb?.toUpperCase() ?? 'OTHER';
}

function errorOf(error: unknown): string {
  if (error === undefined || error === null) return '';
  if (typeof error !== 'object') return 'error';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'error';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
