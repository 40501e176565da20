import type { Command } from 'commander';
import { hasWords } from '../caches/key.ts';
import { flushMemcached, type MemcachedStats, memcachedStats } from '../caches/memcachedServer.ts';
import {
  bodyOf,
  type Entry,
  entriesOf,
  flushRedis,
  flushSessions,
  type RedisStats,
  redisStats,
  withRedis,
} from '../caches/redisCaches.ts';
import { type ServiceLookups, serviceLookups } from '../caches/serviceLookups.ts';
import { DynoError } from '../errors.ts';
import { bytes, count, percent, plural } from '../format.ts';
import type { Invocation } from '../invocation.ts';
import { terminalText } from '../report/quote.ts';
import { stackConnections } from '../stack/stack.ts';
import { examples, helpGroups } from './options.ts';

/** stats, flush and inspect. A service's own memory is looked into through its metrics and emptied through Redis: it has no door for it. */
export function registerCache(dyno: Command, invocation: Invocation): void {
  const cache = dyno
    .command('cache')
    .helpGroup(helpGroups.machine)
    .description("look into the reference shop's caches, or empty them");
  cache
    .command('stats')
    .description('what Redis and Memcached hold, and how often services found what they looked for')
    .option('--json', 'as JSON')
    .action(async (options) => statsCommand(invocation, options))
    .addHelpText('after', examples(['dyno cache stats']));
  cache
    .command('flush')
    .description('forget all cached answers, in running services too; queues and limits stay')
    .option('--sessions', 'also sign out everybody whose session is in Redis or Memcached')
    .action(async (options) => flushCommand(invocation, options))
    .addHelpText('after', examples(['dyno cache flush', 'dyno cache flush --sessions']));
  cache
    .command('inspect')
    .description('list cached answers: for whom, of which route, how large, for how long')
    .argument('[text]', 'only those whose key has these words, for example "user 17" or products')
    .option('--body', 'print what they hold')
    .option('--json', 'as JSON')
    .action(async (text, options) => inspectCommand(invocation, text ?? '', options))
    .addHelpText('after', examples(['dyno cache inspect', 'dyno cache inspect "user 17" --body']));
}

async function statsCommand(invocation: Invocation, options: { json?: boolean }): Promise<void> {
  const { redisUrl, memcachedUrl, prometheusUrl } = await stackConnections(invocation.settings);
  const redis = await withRedis(redisUrl, redisStats);
  const memcached = await memcachedStats(memcachedUrl).catch((error: unknown) => {
    // A stack of services that need none has none.
    if (error instanceof DynoError) return null;
    throw error;
  });
  const services = await serviceLookups(prometheusUrl);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ redis, memcached, services }, null, 2)}\n`
      : `${[...redisLines(redis), memcachedLine(memcached), ...serviceLines(services)].join('\n')}\n`,
  );
}

async function flushCommand(invocation: Invocation, options: { sessions?: boolean }): Promise<void> {
  const { redisUrl, memcachedUrl } = await stackConnections(invocation.settings);
  const { removed, services } = await withRedis(redisUrl, flushRedis);
  const told = services === 0 ? 'no service listens' : `${plural(services, 'listening service')} told`;
  process.stdout.write(`${plural(removed, 'cached answer')} removed from Redis, ${told}.\n`);
  if (!options.sessions) return;
  const ended = await withRedis(redisUrl, flushSessions);
  await flushMemcached(memcachedUrl);
  process.stdout.write(`${plural(ended, 'session')} removed from Redis; Memcached is empty.\n`);
}

async function inspectCommand(
  invocation: Invocation,
  text: string,
  options: { body?: boolean; json?: boolean },
): Promise<void> {
  const { redisUrl } = await stackConnections(invocation.settings);
  await withRedis(redisUrl, async (redis) => {
    const entries = (await entriesOf(redis)).filter((entry) => hasWords(entry, text));
    if (options.json) return void process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
    if (entries.length === 0) {
      const which = text === '' ? '' : ` whose key has "${terminalText(text)}" in it`;
      return void process.stdout.write(`There is no cached answer${which}.\n`);
    }
    for (const entry of entries) {
      process.stdout.write(`${terminalText(entryLine(entry))}\n`);
      if (options.body) process.stdout.write(`${linesOf(await bodyOf(redis, entry.name))}\n`);
    }
  });
}

function redisLines({ version, keys, usedBytes, evicted, entries, ...lookups }: RedisStats): string[] {
  const namespaces = Map.groupBy(entries, ({ namespace }) => namespace);
  return [
    `Redis ${version}: ${plural(keys, 'key')}, ${bytes(usedBytes)} in use, ${hitRate(lookups)}, ${count(evicted)} evicted`,
    ...[...namespaces].map(([namespace, own]) => {
      const scopes = Map.groupBy(own, ({ scope }) => scope.split(' ', 1)[0] ?? '');
      const kinds = [...scopes].map(([scope, those]) => `${count(those.length)} ${scope}`).join(', ');
      const size = own.reduce((sum, entry) => sum + entry.bytes, 0);
      return `  ${terminalText(namespace)}: ${plural(own.length, 'answer')} (${terminalText(kinds)}), ${bytes(size)}`;
    }),
  ];
}

function memcachedLine(stats: MemcachedStats | null): string {
  if (stats === null) return 'Memcached: not running';
  const { version, items, usedBytes, evicted } = stats;
  return `Memcached ${version}: ${plural(items, 'item')}, ${bytes(usedBytes)} in use, ${hitRate(stats)}, ${count(evicted)} evicted`;
}

function serviceLines(services: readonly ServiceLookups[]): string[] {
  if (services.length === 0) return ['Services: none has told of its caches in the last 15 minutes'];
  return services.map(
    ({ variant, cache, ...lookups }) =>
      `Service ${terminalText(`${variant}, ${cache} cache`)}: ${hitRate(lookups)}`,
  );
}

function hitRate({ hits, misses }: { hits: number; misses: number }): string {
  return hits + misses === 0
    ? 'never asked'
    : `${percent(hits / (hits + misses))} hits of ${count(hits + misses)}`;
}

function entryLine({ namespace, scope, route, parameters, bytes: size, secondsLeft }: Entry): string {
  const asked = new URLSearchParams(parameters).toString();
  return `${namespace}  ${scope}  ${route}${asked === '' ? '' : `?${asked}`}  ${bytes(size)}  ${count(secondsLeft)} s left`;
}

/** What is cached may hold anything; its lines stay lines. */
function linesOf(text: string): string {
  return text.split('\n').map(terminalText).join('\n');
}
