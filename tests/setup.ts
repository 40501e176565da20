import { Processes, sweep } from '../services/lab/src/run/processes.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { install } from '../services/lab/src/stack/install.ts';
import { programs } from '../services/lab/src/stack/parts.ts';
import { searchFolders } from '../services/lab/src/stack/search.ts';
import { ensureStack, type StackProgress } from '../services/lab/src/stack/stack.ts';

/** One stack for all tests, in a home and on ports of its own (scripts/test.js); test files inherit the environment. */
let processes: Processes | null = null;

export async function globalSetup(): Promise<void> {
  const settings = readSettings();
  for (const line of await sweep(settings.home)) console.error(line);
  processes = await Processes.open({ home: settings.home, owner: { kind: 'stack' }, reap: true });
  const signal = new AbortController().signal;
  const work = { settings, processes, tell: show, signal, folders: searchFolders() };
  try {
    const [stack, browser] = await Promise.all([
      ensureStack(settings, { processes, onProgress: show, seed: true, nginx: true }),
      // Browser tests say themselves what they miss.
      install(programs.chromium, work).catch((error: Error) => {
        console.error(error.message);
        return null;
      }),
    ]);
    process.env.TEST_MYSQL_URL = stack.connections.mysqlUrl;
    process.env.TEST_REDIS_URL = stack.connections.redisUrl;
    process.env.TEST_MEMCACHED_URL = stack.connections.memcachedUrl;
    process.env.TEST_MEMCACHED = (await install(programs.memcached, work)).path;
    if (stack.connections.nginxPath !== null) process.env.TEST_NGINX = stack.connections.nginxPath;
    process.env.TEST_OTLP_URL = stack.connections.otlpUrl;
    process.env.TEST_JAEGER_URL = stack.connections.jaegerUrl;
    process.env.TEST_PROMETHEUS_URL = stack.connections.prometheusUrl;
    process.env.TEST_K6 = stack.k6;
    if (browser) process.env.DYNO_CHROMIUM = browser.path;
  } catch (error) {
    await globalTeardown();
    throw error;
  }
}

export async function globalTeardown(): Promise<void> {
  await processes?.stopAll();
  await processes?.close();
}

const everyMs = 20_000;
const shown = new Map<string, { state: string; at: number }>();

function show({ part, state, detail }: StackProgress): void {
  const last = shown.get(part);
  if (last?.state === state && performance.now() - last.at < everyMs) return;
  shown.set(part, { state, at: performance.now() });
  console.error(`${part}: ${detail}`);
}
