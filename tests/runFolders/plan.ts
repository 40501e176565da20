import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Experiment, experimentSchema } from '@dyno/contracts/experiment';
import type { OverallVerdict } from '@dyno/contracts/metrics';
import {
  type EnvironmentFile,
  environmentFileSchema,
  type Mode,
  type PlanFile,
  planFileSchema,
  type Round,
  schemaVersion,
} from '@dyno/contracts/run';

/** What a test says of an invented run; the rest has defaults. */
export interface RunFolder {
  id: string;
  title?: string;
  /** The experiment's name. */
  experiment?: string;
  verdict?: OverallVerdict;
  mode?: Mode;
  /** Candidate over baseline, for latency and CPU. */
  ratio?: number;
  /** Half the width of the intervals, as a share. */
  spread?: number;
  /** Of p99 alone, where it goes another way than the rest. */
  p99Ratio?: number;
  /** From a calibration, as a share; without it there was none. */
  noiseFloor?: number;
  /** Mean latency of the baseline in ms; the other latencies follow. */
  baselineMs?: number;
  blocks?: number;
  windowSeconds?: number;
  createdAt?: string;
  /** Both variants are the same service. */
  sameTwice?: boolean;
  /** Virtual users. */
  vus?: number;
  /** What another machine or another version would write. */
  environment?: Partial<EnvironmentFile>;
  /** Round to cause: rounds that do not count. */
  excluded?: Record<number, NonNullable<Round['excluded']>>;
  /** The share of the candidate's answers that failed. */
  candidateErrors?: number;
  /** An existing flamegraph page to copy into both variants; without it there are no profiles. */
  flamegraph?: string;
  /** Text that a hostile run would put wherever text is free. */
  text?: string;
}

type Optional = 'flamegraph' | 'noiseFloor' | 'p99Ratio' | 'experiment' | 'environment';

export interface Run extends Required<Omit<RunFolder, Optional>> {
  folder: string;
  flamegraph: string | null;
  noiseFloor: number | null;
  p99Ratio: number | null;
  experiment: Experiment;
  environment: EnvironmentFile;
  plan: PlanFile;
}

export const warmupSeconds = 5;
export const blocksMax = 8;

export function plannedRun(results: string, given: RunFolder): Run {
  const experiment = experimentOf(given);
  const mode = given.mode ?? 'isolated';
  const createdAt = given.createdAt ?? '2026-11-21T09:00:00.000Z';
  return {
    title: experiment.title,
    verdict: 'improved',
    ratio: 1 / 410,
    spread: 0.06,
    blocks: 4,
    windowSeconds: 11,
    baselineMs: 486,
    vus: 50,
    sameTwice: false,
    text: '',
    excluded: {},
    candidateErrors: 0,
    ...given,
    mode,
    createdAt,
    p99Ratio: given.p99Ratio ?? null,
    noiseFloor: given.noiseFloor ?? null,
    flamegraph: given.flamegraph ?? null,
    folder: join(results, given.id),
    experiment,
    environment: environmentOf(given),
    plan: planOf(given, experiment, mode, createdAt),
  };
}

function experimentOf(given: RunFolder): Experiment {
  const text = given.text ?? '';
  return experimentSchema.parse({
    name: given.experiment ?? 'products',
    title: given.title ?? 'GET /products: naive against optimized',
    service: { name: 'api', command: ['node', 'services/api/src/main.ts'] },
    load: { scenario: 'k6/scenarios/products.ts', assigns: true, vus: given.vus ?? 50 },
    baseline: { name: 'naive', title: `no indexes, N+1 queries, nothing cached${text}` },
    candidates: [
      {
        name: 'optimized',
        title: `indexes, connection pool, batched queries, Redis and memory cache${text}`,
        env: given.sameTwice ? {} : { SHOP_OPTIMIZATIONS: 'indexes,connection-pool,batched-queries' },
      },
    ],
    plans: {
      quick: {
        blocks: { min: 4, max: blocksMax },
        warmupSeconds,
        windowSeconds: given.windowSeconds ?? 11,
        tracePassSeconds: 6,
        profilePassSeconds: 8,
      },
    },
    thresholds: ['avg<500', 'cpu<40%', 'errors<1%', 'p(99)<=+3%'],
  });
}

function planOf(given: RunFolder, experiment: Experiment, mode: Mode, createdAt: string): PlanFile {
  return planFileSchema.parse({
    schemaVersion,
    runId: given.id,
    createdAt,
    seed: 20261121,
    mode,
    modeReason: modeReasonOf(mode),
    pilot:
      mode === 'fine'
        ? { seconds: 6, utilization: 0.41, latencyRatio: 0.98, cpuRatio: 0.97, sharedCpu: 0.12 }
        : null,
    experimentFile: 'experiments/products.ts',
    experiment,
    planName: 'quick',
    plan: experiment.plans.quick,
    order: Array.from({ length: blocksMax }, (_, block) =>
      block % 2 ? ['naive', 'optimized'] : ['optimized', 'naive'],
    ),
    force: undefined,
    observed: undefined,
    ablation: undefined,
    hashes: {},
  } satisfies Record<keyof PlanFile, unknown>);
}

export function modeReasonOf(mode: Mode): string {
  return mode === 'fine'
    ? 'The pilot saw latency differ by 2 % and 41 % of the machine busy: both variants can be alive at once.'
    : 'The pilot saw latency differ 410-fold: one variant at a time, so that neither waits for the other.';
}

function environmentOf(given: RunFolder): EnvironmentFile {
  return environmentFileSchema.parse({
    schemaVersion,
    fingerprint: 'f'.repeat(64),
    cpuModel: `A processor${given.text ?? ''}`,
    cores: 2,
    memoryBytes: 24 * 1024 ** 3,
    os: 'Debian GNU/Linux 13',
    kernel: '6.12.0',
    versions: { node: '24.21.0', k6: '2.2.0', mysql: '10.11.14', redis: '8.0.2' },
    stack: 'native',
    git: { commit: 'a'.repeat(40), dirty: false },
    ...given.environment,
  });
}

/** Repeatable noise around 1, at most a tenth to either side. */
export function noise(...seed: (string | number)[]): number {
  const hash = createHash('sha256').update(seed.join(' ')).digest();
  return 1 + (hash.readUInt32BE(0) / 2 ** 32 - 0.5) * 0.2;
}
