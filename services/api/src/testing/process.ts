import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { chooseOptimizations } from '../optimizations/choice.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { shopAt, type TestShop, testEnvironment } from './shop.ts';

const program = new URL('../main.ts', import.meta.url).pathname;

export interface ShopProcess extends TestShop {
  /** Of the first process; the others are its children. */
  pid: number;
  /** 0 where nobody ends TLS. */
  httpsPort: number;
}

/** The shop as it is started in use, with whatever processes its optimizations need. */
export async function startShopProcess(
  optimizations: readonly OptimizationName[],
  environment: NodeJS.ProcessEnv = {},
): Promise<ShopProcess> {
  const child = spawn(process.execPath, [program], {
    env: {
      ...testEnvironment(optimizations),
      PORT: '0',
      LOG_LEVEL: 'info',
      DRAIN_MS: '0',
      INSTANCES: '2',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  let url: string | null = null;
  let httpsPort = 0;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, address, httpsPort: port } = JSON.parse(line);
    if (msg !== 'listening') continue;
    httpsPort = port ?? 0;
    url = `http://127.0.0.1:${address.port}`;
    break;
  }
  // Leaving the loop closed the lines; what else is printed must not fill the pipe.
  child.stdout.resume();
  if (url === null) throw new Error('The service ended before it listened.');
  const shop = shopAt(url, chooseOptimizations(optimizations.join(',')).chosen, async () => {
    child.kill('SIGTERM');
    await exited;
  });
  await untilAnswered(shop).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { ...shop, pid: child.pid ?? 0, httpsPort };
}

/** The first of its processes may listen before the one in front does. */
async function untilAnswered(shop: TestShop): Promise<void> {
  for (const deadlineMs = performance.now() + 15_000; ; ) {
    try {
      await shop.get('/healthz');
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await delay(20);
    }
  }
}
