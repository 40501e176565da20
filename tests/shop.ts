import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Experiment, experimentSchema } from '@dyno/contracts/experiment';
import products from '../experiments/products.ts';

export const project = fileURLToPath(new URL('..', import.meta.url));
export const experiment: Experiment = experimentSchema.parse(products);
const [candidate] = experiment.candidates;
if (!candidate) throw new Error('experiments/products.ts has no candidate.');
/** The baseline and the optimized one. */
export const variants = [experiment.baseline, candidate] as const;

/** The test stack's address, from tests/setup.ts. */
export function stackUrl(name: 'MYSQL' | 'REDIS' | 'OTLP' | 'JAEGER' | 'PROMETHEUS'): string {
  const url = process.env[`TEST_${name}_URL`];
  if (!url)
    throw new Error(`TEST_${name}_URL is not set: system tests run by npm test, which starts the stack.`);
  return url;
}

export interface Shop {
  url: string;
  /** Ends it as the lab does and waits until its telemetry is flushed. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
}

/** One variant of the shop, started as the lab starts it: with the bootstrap, on a free port. */
export async function startShop(
  context: TestContext,
  variant: { name: string; env: Record<string, string> },
  resource: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Shop> {
  const { command = [], name } = experiment.service;
  const child = spawn(process.execPath, command.slice(1), {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'production',
      // The line that says on which port it listens is an informational one.
      LOG_LEVEL: 'info',
      DRAIN_MS: '0',
      MYSQL_URL: stackUrl('MYSQL'),
      REDIS_URL: stackUrl('REDIS'),
      // Production does without the public ones.
      JWT_SECRET: randomBytes(32).toString('hex'),
      SESSION_SECRET: randomBytes(32).toString('hex'),
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: stackUrl('OTLP'),
      OTEL_RESOURCE_ATTRIBUTES: Object.entries(resource)
        .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
        .join(','),
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      ...variant.env,
      ...env,
    },
  });
  context.after(() => child.kill('SIGKILL'));
  const output: string[] = [];
  const ended = endOf(child);
  const address = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        output.push(line);
        const port = /"msg":"listening"/.test(line) ? /"port":(\d+)/.exec(line)?.[1] : undefined;
        if (port) resolve(`http://127.0.0.1:${port}`);
      });
    }
    ended.then(() => reject(new Error(`The shop ended before it listened:\n${output.join('\n')}`)), reject);
  });
  return {
    url: await address,
    async stop() {
      child.kill(experiment.service.stopSignal);
      return { ...(await ended), output: output.join('\n') };
    },
  };
}

/** Real load from the experiment's own scenario, every request answered; gives back the traceparent of each. */
export async function runK6(
  context: TestContext,
  options: { url: string; vus: number; seconds: number; sampling: number },
): Promise<{ traceparents: string[]; output: string }> {
  const child = spawn(
    process.env.TEST_K6 ?? 'k6',
    [
      ...['run', '--quiet', '--no-usage-report', '--http-debug=headers'],
      // Of users given as options every request is answered; the scenario's own cuts off what is under way at its end.
      ...[`--vus=${options.vus}`, `--duration=${options.seconds}s`],
      experiment.load.scenario ?? '',
    ],
    {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        BASE_URL: options.url,
        VUS: String(options.vus),
        DURATION_SECONDS: String(options.seconds),
        TRACE_SAMPLING: String(options.sampling),
      },
    },
  );
  context.after(() => child.kill('SIGKILL'));
  const [stdout, stderr, { code }] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    endOf(child),
  ]);
  const output = stdout + stderr;
  if (code !== 0) throw new Error(`k6 ended with ${code}:\n${output}`);
  return { traceparents: output.match(/\b00-[\da-f]{32}-[\da-f]{16}-0[01]\b/g) ?? [], output };
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = await once(child, 'close');
  return { code, signal };
}
