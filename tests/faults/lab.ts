import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { ExperimentInput } from '@dyno/contracts/experiment';
import { type Report, reportSchema } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';
import { lowPort } from '../../services/api/src/testing/ports.ts';
import { undisturbed } from '../../services/lab/src/fixtures/rounds.ts';
import { until } from '../../services/lab/src/run/fixtures/until.ts';
import { assertPortFree } from '../../services/lab/src/run/ports.ts';
import { allProcesses, commandOf, readProcess } from '../../services/lab/src/run/proc.ts';
import { livingOf } from '../../services/lab/src/run/processes.ts';
import { RunFolder } from '../../services/lab/src/run/results.ts';
import type { Strike } from './strike.ts';

const project = resolve(import.meta.dirname, '../..');
const cli = join(project, 'services/lab/src/cli.ts');
const strikeModule = join(import.meta.dirname, 'strike.ts');
export const serviceProgram = join(import.meta.dirname, 'service.ts');
/** Another measurement on this machine is waited for. */
const patienceMs = 600_000;
/** For what ends what a killed command has left; before the k6 of a killed round ends by itself. */
const soonMs = 20_000;

export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess & { pid: number };
  ended: Promise<Ended>;
}

export interface LabOptions {
  /** Changes to the small experiment. */
  experiment?: Partial<ExperimentInput>;
  service?: Partial<ExperimentInput['service']>;
  command?: string[];
  needs?: ExperimentInput['service']['needs'];
  plan?: Partial<ExperimentInput['plans'][string]>;
  /** Of the candidate's environment, and so of one variant alone. */
  candidate?: Record<string, string>;
}

/** A command line with a home, results, ports and an experiment of its own, around a service that needs no stack. */
export class Lab {
  readonly folder: string;
  readonly results: string;
  readonly home: string;
  readonly port: number;
  readonly secondPort: number;
  readonly redisPort: number;
  readonly #options: LabOptions;
  readonly #partPorts: Record<string, string>;

  static async open(t: Pick<TestContext, 'after'>, options: LabOptions = {}): Promise<Lab> {
    const ports = [await lowPort(), await lowPort(), await lowPort()] as const;
    const partPorts: Record<string, string> = {};
    for (const name of [
      'MYSQL',
      'OTLP_HTTP',
      'OTLP_GRPC',
      'JAEGER',
      'JAEGER_HEALTH',
      'JAEGER_METRICS',
      'JAEGER_TELEMETRY',
    ]) {
      partPorts[`DYNO_PORT__${name}`] = String(await lowPort());
    }
    const lab = new Lab(options, ports, partPorts);
    t.after(() => lab.close());
    return lab;
  }

  private constructor(
    options: LabOptions,
    [port, secondPort, redisPort]: readonly [number, number, number],
    partPorts: Record<string, string>,
  ) {
    this.folder = mkdtempSync(join(tmpdir(), 'dyno-lab-'));
    this.results = join(this.folder, 'results');
    this.home = join(this.folder, 'home');
    this.port = port;
    this.secondPort = secondPort;
    this.redisPort = redisPort;
    this.#options = options;
    this.#partPorts = partPorts;
    mkdirSync(join(this.folder, 'pids'));
    this.writeExperiment();
  }

  get experimentFile(): string {
    return join(this.folder, 'experiment.ts');
  }

  writeExperiment(options: LabOptions = this.#options): void {
    const experiment: ExperimentInput = {
      name: 'fault',
      title: 'a service with faults',
      service: {
        name: 'faulty',
        command: ['node', serviceProgram, 'node'],
        cwd: this.folder,
        env: { PIDS: join(this.folder, 'pids') },
        readyPath: '/ready',
        readyTimeoutSeconds: 20,
        telemetry: 'none',
        ...(options.command ? { command: options.command } : {}),
        ...(options.needs ? { needs: options.needs } : {}),
        ...options.service,
      },
      // Open model: as many requests whatever the service does, and never too many for k6.
      load: { requests: [{ target: '/items' }], vus: 20, ratePerSecond: 100 },
      baseline: { name: 'one' },
      candidates: [{ name: 'two', env: options.candidate ?? {} }],
      plans: {
        quick: {
          blocks: { min: 2, max: 2 },
          warmupSeconds: 0.1,
          windowSeconds: 0.3,
          tracePassSeconds: 0,
          profilePassSeconds: 0,
          mode: 'isolated',
          ...options.plan,
        },
      },
      ignoreInResponses: null,
      ...options.experiment,
    };
    writeFileSync(this.experimentFile, `export default ${JSON.stringify(experiment)};`);
  }

  /** In a process group of its own, as a shell starts a job. */
  start(
    args: string[],
    { strikes = [], env = {} }: { strikes?: Strike[]; env?: NodeJS.ProcessEnv } = {},
  ): Started {
    const child = spawn(process.execPath, ['--import', strikeModule, cli, ...args], {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.environment(), STRIKES: JSON.stringify(strikes), ...env },
    });
    const { pid } = child;
    assert.ok(pid !== undefined);
    const exit = once(child, 'exit');
    const ended = Promise.all([text(child.stdout), text(child.stderr), exit]).then(
      ([stdout, stderr, [code, signal]]) => ({ code, signal, stdout, stderr }),
    );
    return { child: Object.assign(child, { pid }), ended };
  }

  environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DYNO_HOME: this.home,
      DYNO_RESULTS: this.results,
      DYNO_STACK: 'native',
      DYNO_PORT__SERVICE: String(this.port),
      DYNO_PORT__SERVICE_CANDIDATE: String(this.secondPort),
      DYNO_PORT__REDIS: String(this.redisPort),
      ...this.#partPorts,
    };
  }

  async dyno(args: string[], options: Parameters<Lab['start']>[1] = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Measures the experiment; a measurement of somebody else on this machine is waited for. */
  run(strikes: Strike[] = [], ...args: string[]): Promise<Ended> {
    return this.dyno(['run', this.experimentFile, '--wait', '--json', '--seed', '7', ...args], { strikes });
  }

  resume(strikes: Strike[] = []): Promise<Ended> {
    return this.dyno(['run', '--resume', 'latest', '--wait', '--json'], { strikes });
  }

  latest(): Promise<RunFolder> {
    return RunFolder.open(this.results, 'latest');
  }

  async rounds(): Promise<Round[]> {
    return (await this.latest()).rounds();
  }

  /** Of the rounds that the machine under the test has not disturbed. */
  async causes(): Promise<string[]> {
    return undisturbed(await this.rounds()).map(({ excluded }) => excluded?.cause ?? 'counts');
  }

  /** Nothing of it runs, listens or is half written. */
  async assertNothingLeft(): Promise<void> {
    const ledger = async () => [
      ...(await livingOf(this.home, 'run')),
      ...(await livingOf(this.home, 'stack')),
    ];
    const nothing = async () => this.living().length === 0 && (await ledger()).length === 0;
    await until('nothing of the run lives', nothing, soonMs).catch(async (error) => {
      throw new Error(`${error.message}\n${this.living().join('\n')}\n${JSON.stringify(await ledger())}`);
    });
    await assertPortFree(this.port, 'service');
    await assertPortFree(this.secondPort, 'serviceCandidate');
    await assertPortFree(this.redisPort, 'redis');
    if (!existsSync(join(this.results, 'latest'))) return;
    const folder = await this.latest();
    await folder.read('plan.json');
    assert.deepEqual([...(await folder.damaged(await folder.rounds()))], []);
  }

  /** By what they were called with, what they announced and what they carry. */
  living(): string[] {
    const announced = new Set(readdirSync(join(this.folder, 'pids')).map(Number));
    return allProcesses()
      .filter(({ pid }) => pid !== process.pid)
      .filter(({ pid }) => announced.has(pid) || commandOf(pid).includes(this.folder) || this.#isMarked(pid))
      .filter(({ pid }) => readProcess(pid) !== null)
      .map(({ pid, state }) => `${pid} ${state} ${commandOf(pid)}`);
  }

  #isMarked(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(this.folder);
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    for (const line of this.living()) {
      try {
        process.kill(Number(line.split(' ')[0]), 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await until('it is over', () => this.living().length === 0);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function reportOf({ stdout, stderr }: Ended): Report {
  assert.notEqual(stdout, '', stderr);
  return reportSchema.parse(JSON.parse(stdout));
}

export function untilLong(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  return until(what, condition, patienceMs);
}
