import diagnostics from 'node:diagnostics_channel';
import { type Instruments, type Series, seriesBy } from './instruments.ts';
import type { Lookups } from './lookups.ts';
import { attributes, type CacheLookup, cacheChannel, metrics } from './names.ts';
import { operationSeconds } from './views.ts';

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
export function recordChannels(instruments: Instruments, lookups: Lookups): void {
  const operation = instruments.histogram(metrics.databaseDuration, operationSeconds);
  const wait = instruments.histogram(metrics.connectionWait, operationSeconds);
  const create = instruments.histogram(metrics.connectionCreate, operationSeconds);

  const statement = seriesBy(operation, (verb, database: string, error) => ({
    'db.system.name': 'mysql',
    'db.operation.name': verb,
    ...(database === '' ? {} : { 'db.namespace': database }),
    ...(error === '' ? {} : { 'error.type': error }),
  }));
  const command = seriesBy(operation, (name, _: string, error) => ({
    'db.system.name': 'redis',
    'db.operation.name': name,
    ...(error === '' ? {} : { 'error.type': error }),
  }));
  const pool = (database: string) => ({ 'db.client.connection.pool.name': database || 'mysql' });
  const waited = seriesBy(wait, pool);
  const created = seriesBy(create, pool);

  for (const channel of ['mysql2:query', 'mysql2:execute']) {
    time(channel, (seconds, of) =>
      statement(verbOf(of.query), textOf(of.database), errorOf(of.error)).record(seconds),
    );
  }
  time('mysql2:pool:connect', (seconds, of) => waited(textOf(of.database), '', '').record(seconds));
  time('mysql2:connect', (seconds, of) => created(textOf(of.database), '', '').record(seconds));
  time('ioredis:command', (seconds, of) =>
    command(textOf(of.command).toUpperCase(), '', errorOf(of.error)).record(seconds),
  );

  const lookup = instruments.counter(metrics.cacheLookups);
  const known = new Map<string, CacheSeries>();
  const seriesOf = (cache: string): CacheSeries => {
    const of = (result: string) =>
      lookup({ [attributes.cacheName]: cache, [attributes.cacheResult]: result });
    const series = { hits: of('hit'), misses: of('miss'), counts: lookups.of(cache) };
    known.set(cache, series);
    return series;
  };
  diagnostics.subscribe(cacheChannel, (message) => {
    const { cache, hit } = message as CacheLookup;
    const series = known.get(cache) ?? seriesOf(cache);
    if (hit) {
      series.hits.record(1);
      series.counts.hits += 1;
    } else {
      series.misses.record(1);
      series.counts.misses += 1;
    }
  });
}

/** Of one cache: there are few, and each look-up of a request is counted. */
interface CacheSeries {
  hits: Series;
  misses: Series;
  counts: { hits: number; misses: number };
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
