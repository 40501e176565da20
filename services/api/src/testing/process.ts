import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chooseOptimizations } from '../optimizations/choice.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { shopAt, type TestShop, testEnvironment } from './shop.ts';

const program = new URL('../main.ts', import.meta.url).pathname;

/** The shop as it is started in use, with whatever processes its optimizations need. */
export async function startShopProcess(optimizations: readonly OptimizationName[]): Promise<TestShop> {
  const child = spawn(process.execPath, [program], {
    env: {
      ...testEnvironment(optimizations),
      PORT: '0',
      LOG_LEVEL: 'info',
      DRAIN_MS: '0',
      INSTANCES: '2',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  let url: string | null = null;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, address } = JSON.parse(line);
    if (msg !== 'listening') continue;
    url = `http://127.0.0.1:${address.port}`;
    break;
  }
  // Leaving the loop closed the lines; what else is printed must not fill the pipe.
  child.stdout.resume();
  if (url === null) throw new Error('The service ended before it listened.');
  return shopAt(url, chooseOptimizations(optimizations.join(',')).chosen, async () => {
    child.kill('SIGTERM');
    await exited;
  });
}
