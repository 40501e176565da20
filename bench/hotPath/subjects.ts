import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { heapFlags } from '../../services/api/src/optimizations/heapSettings.ts';

/** One of the services that are laid side by side. */
export interface Subject {
  name: string;
  title: string;
  script: readonly string[];
  env: Record<string, string>;
  /** Share of the requests whose caller asks for a trace. */
  sampled: number;
}

const shopScript = ['--import', './otel/bootstrap.ts', 'services/api/src/main.ts'];

export function subjectsOf(shopEnv: Record<string, string>, measured: number): Subject[] {
  const shop = (name: string, title: string, level: string, sampled: number): Subject => ({
    name,
    title,
    script: shopScript,
    env: { ...shopEnv, DYNO_TELEMETRY: level, OTEL_TRACES_SAMPLER_ARG: String(sampled) },
    sampled,
  });
  const bench = (name: string, title: string, file: string): Subject => ({
    name,
    title,
    script: [`bench/hotPath/${file}`],
    env: {},
    sampled: measured,
  });
  return [
    bench('bare', 'bare node:http', 'bareServer.ts'),
    bench('koa', 'Koa, router and LRU', 'koaServer.ts'),
    shop('off', 'the shop without telemetry', 'off', measured),
    shop('metrics', 'the shop with metrics', 'metrics', measured),
    shop('measured', `the shop with metrics and ${measured * 100} % of traces`, 'sampled', measured),
    shop('full', 'the shop with metrics and all traces', 'full', 1),
  ];
}

export interface Started {
  subject: Subject;
  port: number;
  pid: number;
  /** Ends it politely, so that it says how much of its telemetry was lost. */
  stop(): Promise<void>;
}

export async function startSubject(
  subject: Subject,
  where: {
    project: string;
    folder: string;
    port: number;
    core: number;
    profiles: string | null;
    env: NodeJS.ProcessEnv;
  },
): Promise<Started> {
  const log = openSync(join(where.folder, `${subject.name}.log`), 'a');
  const profiled =
    where.profiles === null
      ? []
      : [
          '--cpu-prof',
          `--cpu-prof-dir=${where.profiles}`,
          `--cpu-prof-name=${subject.name}-${Date.now()}.cpuprofile`,
        ];
  // The heap of all is that of the optimized shop: else V8 chooses for each process anew how often it collects.
  const node = [process.execPath, ...heapFlags(), ...profiled];
  const args = ['-c', String(where.core), ...node, ...subject.script];
  // taskset replaces itself: the pid is the service's.
  const child = spawn('taskset', args, {
    cwd: where.project,
    stdio: ['ignore', log, log],
    env: { ...where.env, ...subject.env, PORT: String(where.port), HOST: '127.0.0.1' },
  });
  await untilListening(child, where.port, subject.name);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${subject.name} has no process`);
  return { subject, port: where.port, pid, stop: () => stop(child) };
}

async function untilListening(child: ChildProcess, port: number, name: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it listened`);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (ready && ready.status < 500) return;
    await pause(50);
  }
  throw new Error(`${name} did not listen within 30 s`);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(force);
}
