import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppDeps, createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { seed } from '../db/seed.ts';
import { createLog } from '../log.ts';
import { allOptimizations } from '../optimizations/choice.ts';
import { type OptimizationName, optimizationNames } from '../optimizations/index.ts';
import { staff } from './callers.ts';
import { type CheckAnswer, declaredAnswers } from './declared.ts';
import { testDatabase, testServers } from './servers.ts';

/** Baseline, each optimization alone, all together. */
export const variants: readonly { name: string; optimizations: readonly OptimizationName[] }[] = [
  { name: 'baseline', optimizations: [] },
  ...optimizationNames.map((name) => ({ name: `${name} alone`, optimizations: [name] })),
  { name: 'all optimizations', optimizations: allOptimizations() },
];

const limitNames = [
  'LIMIT_SIGN_IN',
  'LIMIT_SIGN_UP',
  'LIMIT_REFRESH',
  'LIMIT_WRITE',
  'LIMIT_HEAVY',
  'LIMIT_PAGE',
];

/** What a request carries; without an Accept-Encoding of its own it wants the bytes as they are. */
export interface Asked {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
}

export interface TestShop {
  url: string;
  optimizations: ReadonlySet<OptimizationName>;
  get(path: string, asked?: Asked): Promise<Answer>;
  /** With a JSON body. */
  send(
    method: string,
    path: string,
    content: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Content of an answer that must be a success. */
  json<Content>(path: string, asked?: Asked): Promise<Content>;
  setStock(id: number, stock: number): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

export async function seedTestDatabase(): Promise<void> {
  await seed({ mysqlUrl: testServers().mysqlUrl, prefix: testDatabase, size: 1, onProgress() {} });
}

export function testEnvironment(optimizations: readonly OptimizationName[]): Record<string, string> {
  const servers = testServers();
  return {
    MYSQL_URL: servers.mysqlUrl,
    REDIS_URL: servers.redisUrl,
    MEMCACHED_URL: servers.memcachedUrl,
    NGINX_PATH: servers.nginxPath,
    SHOP_DATABASE: testDatabase,
    SHOP_OPTIMIZATIONS: optimizations.join(','),
    LOG_LEVEL: 'silent',
    // All tests come from one address, some a hundred times a second.
    ...Object.fromEntries(limitNames.map((name) => [name, '1000000'])),
  };
}

/** The shop in this process, over real HTTP, on the real database and cache. */
export async function startShop(
  optimizations: readonly OptimizationName[],
  environment: NodeJS.ProcessEnv = {},
  deps: Pick<AppDeps, 'openCaches'> = {},
): Promise<TestShop> {
  const config = readConfig({ ...testEnvironment(optimizations), ...environment });
  const app = createApp({ config, log: createLog(config.logLevel), ...deps });
  const server = createServer(app.koa.callback());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await app.close();
  };
  return shopAt(url, config.optimizations, close, declaredAnswers(app.routes));
}

/** Whatever answers there, seen as a client sees it. */
export function shopAt(
  url: string,
  optimizations: ReadonlySet<OptimizationName>,
  close: () => Promise<void>,
  check: CheckAnswer = () => {},
): TestShop {
  const get: TestShop['get'] = async (path, asked) => {
    const answer = await ask(url + path, asked);
    check(asked?.method ?? 'GET', path, answer);
    return answer;
  };
  const send: TestShop['send'] = (method, path, content, headers = {}) =>
    get(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(content),
    });
  return {
    url,
    optimizations,
    get,
    send,
    async json(path, asked) {
      const answer = await get(path, asked);
      if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
      return JSON.parse(answer.body);
    },
    setStock: async (id, stock) => send('PATCH', `/products/${id}/stock`, { stock }, await staff()),
    close,
  };
}

/** Asks again until the service is ready, for at most a time in which it must have become so. */
export async function untilReady(shop: TestShop): Promise<void> {
  // What it gets ready with runs on the same processor.
  for (const deadlineMs = performance.now() + 30_000; performance.now() < deadlineMs; await delay(5)) {
    if ((await shop.get('/readyz')).status === 200) return;
  }
  throw new Error('The shop did not become ready within 30 s.');
}

async function ask(url: string, { headers = {}, ...asked }: Asked = {}): Promise<Answer> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { 'accept-encoding': 'identity', ...headers },
    ...asked,
  } as RequestInit);
  return { status: response.status, headers: response.headers, body: await response.text() };
}
