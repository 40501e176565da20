import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { testDatabase, testServers } from './servers.ts';
import { until } from './until.ts';

const program = new URL('../main.ts', import.meta.url).pathname;

/** The tests are about processes: the database answers quickly. */
export const fast = 'indexes,connection-pool,batched-queries';

export function spawnShop(environment: NodeJS.ProcessEnv): ChildProcess {
  const { mysqlUrl, redisUrl, nginxPath } = testServers();
  return spawn(process.execPath, [program], {
    env: {
      MYSQL_URL: mysqlUrl,
      REDIS_URL: redisUrl,
      NGINX_PATH: nginxPath,
      SHOP_DATABASE: testDatabase,
      PORT: '0',
      DRAIN_MS: '0',
      LOG_LEVEL: 'info',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

/** Answers when this returns; nothing of it is left when the test is over. */
export async function start(t: TestContext, environment: NodeJS.ProcessEnv) {
  const child = spawnShop(environment);
  t.after(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  let errors = '';
  child.stderr?.on('data', (data: Buffer) => {
    errors += data;
  });
  assert.ok(child.stdout);
  const input = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const lines = {
    async until(message: string): Promise<Record<string, unknown>> {
      for (;;) {
        const { value, done } = await input.next();
        assert.ok(!done, `it ended before "${message}": ${errors}`);
        const line = JSON.parse(value);
        if (line.msg === message) return line;
      }
    },
  };
  const { address, httpsPort = 0 } = (await lines.until('listening')) as {
    address: { port: number };
    httpsPort?: number;
  };
  const url = `http://127.0.0.1:${address.port}`;
  await until(async () => (await ask(`${url}/readyz`).catch(() => null))?.status === 200);
  return {
    child,
    lines,
    url,
    httpsPort,
    async stop(signal: NodeJS.Signals): Promise<number | null> {
      const exited = once(child, 'exit');
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

export async function ask(url: string, headers: Record<string, string> = {}, agent?: Agent) {
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    httpGet(url, { headers, ...(agent ? { agent } : {}) }, resolve).on('error', reject);
  });
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    retryAfter: response.headers['retry-after'],
    headers: response.headers,
    body,
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

export async function descendants({ pid = 0 }: ChildProcess): Promise<number[]> {
  const all: number[] = [];
  for (const queue = [pid]; queue.length > 0; ) {
    const children = await childrenOf(queue.pop() ?? 0);
    all.push(...children);
    queue.push(...children);
  }
  return all;
}

export async function childrenNamed(
  { pid = 0 }: { pid?: number | undefined },
  name: string,
): Promise<number[]> {
  const named = await Promise.all(
    (await childrenOf(pid)).map(async (child) => {
      const line = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      return line.includes(name) ? [child] : [];
    }),
  );
  return named.flat();
}

export function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
