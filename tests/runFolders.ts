import { createHash } from 'node:crypto';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Experiment, experimentSchema } from '@dyno/contracts/experiment';
import {
  type MetricName,
  metricCatalogue,
  metricNames,
  type OverallVerdict,
  type Verdict,
} from '@dyno/contracts/metrics';
import { type MetricResult, type Report, reportSchema } from '@dyno/contracts/report';
import {
  type EvidenceFile,
  environmentFileSchema,
  evidenceFileSchema,
  type PlanFile,
  type Progress,
  planFileSchema,
  progressFileSchema,
  type Round,
  roundSchema,
  schemaVersion,
  type TimelineFile,
  timelineFileSchema,
} from '@dyno/contracts/run';

/** Invented run folders for tests of what reads them; every file is held against its schema before it is written. */
export interface RunFolder {
  id: string;
  title?: string;
  verdict?: OverallVerdict;
  /** Candidate over baseline, for latency and CPU. */
  ratio?: number;
  /** Half the width of the intervals, as a share. */
  spread?: number;
  blocks?: number;
  windowSeconds?: number;
  createdAt?: string;
  /** An existing flamegraph page to copy into both variants; without it there are no profiles. */
  flamegraph?: string;
  /** Text that a hostile run would put wherever text is free. */
  text?: string;
}

const warmupSeconds = 5;
const pauseSeconds = 3;

export async function writeFinishedRun(results: string, folder: RunFolder): Promise<Report> {
  return finishRun(await writePlan(results, folder));
}

/** Writes what the stages after the rounds write, the progress last. */
export async function finishRun(run: Run): Promise<Report> {
  const rounds = roundsOf(run, run.blocks);
  const report = reportSchema.parse(reportOf(run));
  await writeRounds(run, rounds);
  await write(run, 'timeline.json', timelineFileSchema.parse(timelineOf(run, rounds)));
  await write(run, 'evidence.json', evidenceFileSchema.parse(await evidenceOf(run)));
  await write(run, 'report.json', report);
  await writeFile(join(run.folder, 'report.md'), `# ${report.sentence}\n`);
  await writeProgress(run, { state: 'finished', stage: 'done', block: run.blocks, variant: null });
  return report;
}

/** A run under way after some rounds; `progress` says how it stands. */
export async function writeStartedRun(
  results: string,
  folder: RunFolder & { rounds: number; progress: Partial<Progress> },
): Promise<Run> {
  const run = await writePlan(results, folder);
  await writeRounds(run, roundsOf(run, run.blocks).slice(0, folder.rounds));
  await writeProgress(run, folder.progress);
  return run;
}

export async function writeProgress(run: Run, progress: Partial<Progress>): Promise<void> {
  const file: Progress = {
    schemaVersion,
    runId: run.id,
    state: 'running',
    pid: process.pid,
    updatedAt: new Date().toISOString(),
    stage: 'window',
    round: 1,
    block: 1,
    blocksMax: 8,
    variant: 'naive',
    requestsPerSecond: null,
    latencyMsP95: null,
    secondsLeft: null,
    message: '',
    ...progress,
  };
  await write(run, 'progress.json', progressFileSchema.parse(file));
}

export interface Run extends Required<Omit<RunFolder, 'flamegraph'>> {
  folder: string;
  flamegraph: string | null;
  experiment: Experiment;
}

export async function writePlan(results: string, given: RunFolder): Promise<Run> {
  const experiment = experimentSchema.parse({
    name: 'products',
    title: given.title ?? 'GET /products: naive against optimized',
    service: { name: 'api', command: ['node', 'services/api/src/main.ts'] },
    load: { scenario: 'k6/scenarios/products.ts', vus: 50 },
    baseline: { name: 'naive', title: `no indexes, N+1 queries, nothing cached${given.text ?? ''}` },
    candidates: [
      {
        name: 'optimized',
        title: `indexes, connection pool, batched queries, Redis and memory cache${given.text ?? ''}`,
      },
    ],
    plans: {
      quick: {
        blocks: { min: 4, max: 8 },
        warmupSeconds,
        windowSeconds: given.windowSeconds ?? 11,
        tracePassSeconds: 6,
        profilePassSeconds: 8,
      },
    },
    thresholds: ['avg<500', 'cpu<40%', 'errors<1%'],
  });
  const run: Run = {
    title: experiment.title,
    verdict: 'improved',
    ratio: 1 / 410,
    spread: 0.06,
    blocks: 4,
    windowSeconds: 11,
    createdAt: '2026-11-21T09:00:00.000Z',
    text: '',
    ...given,
    flamegraph: given.flamegraph ?? null,
    folder: join(results, given.id),
    experiment,
  };
  await mkdir(run.folder, { recursive: true });
  const plan: PlanFile = {
    schemaVersion,
    runId: run.id,
    createdAt: run.createdAt,
    seed: 20261121,
    mode: 'isolated',
    modeReason: 'the plan asks for it',
    pilot: null,
    experimentFile: 'experiments/products.ts',
    experiment,
    planName: 'quick',
    plan: experiment.plans.quick ?? raise('no plan'),
    order: Array.from({ length: 8 }, (_, block) =>
      block % 2 ? ['naive', 'optimized'] : ['optimized', 'naive'],
    ),
    hashes: {},
  };
  await write(run, 'plan.json', planFileSchema.parse(plan));
  await write(
    run,
    'environment.json',
    environmentFileSchema.parse({
      schemaVersion,
      fingerprint: 'f'.repeat(64),
      cpuModel: `A processor${run.text}`,
      cores: 2,
      memoryBytes: 24 * 1024 ** 3,
      os: 'Debian GNU/Linux 13',
      kernel: '6.12.0',
      versions: { node: '24.21.0', k6: '2.2.0', mysql: '10.11.14', redis: '8.0.2' },
      stack: 'native',
      git: { commit: 'a'.repeat(40), dirty: false },
    }),
  );
  return run;
}

/** Repeatable noise around 1. */
function noise(...seed: (string | number)[]): number {
  const hash = createHash('sha256').update(seed.join(' ')).digest();
  return 1 + (hash.readUInt32BE(0) / 2 ** 32 - 0.5) * 0.2;
}

const baselineOf: Record<MetricName, number> = {
  'latency.mean': 486,
  'latency.p50': 470,
  'latency.p95': 702,
  'latency.p99': 811,
  throughput: 33.4,
  'errors.rate': 0,
  'cpu.perRequest': 47.3,
  'cpu.utilization': 0.86,
};

function metricOf(run: Run, name: MetricName): MetricResult {
  const { title, unit, better } = metricCatalogue[name];
  const baseline = baselineOf[name];
  const ratio =
    name === 'throughput' ? (run.ratio < 1 ? 1.47 : 1 / run.ratio) : run.ratio * noise(run.id, name);
  const candidate = baseline * ratio;
  const level = 0.9973;
  const [low, high] = [ratio * (1 - run.spread), ratio * (1 + run.spread)];
  const verdict: Verdict =
    name === 'errors.rate'
      ? 'equivalent'
      : low < 1 && high > 1
        ? run.spread < 0.03
          ? 'equivalent'
          : 'inconclusive'
        : ratio < 1 === (better === 'lower')
          ? 'improved'
          : 'regressed';
  const isRate = name === 'errors.rate';
  return {
    name,
    title,
    unit,
    better,
    gated: ['latency.mean', 'latency.p95', 'cpu.perRequest', 'errors.rate'].includes(name),
    baseline: { estimate: baseline, low: null, high: null },
    candidate: { estimate: isRate ? 0 : candidate, low: null, high: null },
    ratio: isRate ? null : { estimate: ratio, low, high, level },
    difference: isRate ? { estimate: 0, low: -0.0011, high: 0.0004, level } : null,
    verdict,
    minimumDetectableEffect: 0.08,
    spread: 0.05,
    p: null,
    adjustedP: null,
    hodgesLehmann: null,
    blocksNeeded: null,
    noiseFloor: null,
    path: [],
    sentence: `${title} changed`,
    pairs: isRate
      ? []
      : Array.from({ length: run.blocks }, (_, index) => {
          const before = baseline * noise(run.id, name, index, 'before');
          return {
            block: index + 1,
            baseline: before,
            candidate: before * ratio * noise(run.id, name, index) ** run.spread,
          };
        }),
  };
}

function reportOf(run: Run): Report {
  const primary = metricOf(run, 'latency.mean');
  const [before, after] = [primary.baseline.estimate.toFixed(0), primary.candidate.estimate.toPrecision(3)];
  const word = `${run.verdict.charAt(0).toUpperCase()}${run.verdict.slice(1)}`;
  return {
    schemaVersion,
    runId: run.id,
    experiment: 'products',
    title: run.title,
    createdAt: run.createdAt,
    baseline: { name: 'naive', title: run.experiment.baseline.title },
    candidate: { name: 'optimized', title: run.experiment.candidates[0]?.title ?? '' },
    verdict: run.verdict,
    exitCode: 0,
    sentence: `${word}: mean latency ${before} ms → ${after} ms, after ${run.blocks} blocks.${run.text}`,
    mode: 'isolated',
    modeReason: 'the plan asks for it',
    method: 'A round restarts the service.',
    secondsToVerdict: 180,
    successful: [],
    environment: {
      fingerprint: 'f'.repeat(64),
      cpuModel: `A processor${run.text}`,
      cores: 2,
      kernel: '6.12.0',
      versions: { node: '24.21.0' },
      git: null,
    },
    calibration: null,
    planName: 'quick',
    seed: 20261121,
    blocks: run.blocks,
    blocksMax: 8,
    stopped: 'certain',
    primary: 'latency.mean',
    margin: 0.03,
    metrics: metricNames.map((name) => metricOf(run, name)),
    guards: [
      {
        name: 'port ownership',
        status: 'pass',
        detail: 'every listener was a process of the round',
        advice: '',
      },
      {
        name: 'answers',
        status: run.verdict === 'invalid' ? 'fail' : 'pass',
        detail: 'checks of every response',
        advice: '',
      },
      { name: 'generator', status: 'warn', detail: `k6 used 61 % of one core${run.text}`, advice: '' },
      { name: 'clock', status: 'pass', detail: 'wall and monotonic clocks agree', advice: '' },
    ],
    thresholds: [
      {
        threshold: 'avg<500',
        kind: 'absolute',
        value: primary.candidate.estimate,
        passed: true,
        detail: `${after} ms`,
      },
      { threshold: 'cpu<40%', kind: 'absolute', value: 0.03, passed: true, detail: '3 %' },
      { threshold: 'errors<1%', kind: 'absolute', value: 0, passed: true, detail: '0 of 18,211' },
    ],
    cpuMsPerRequest: {
      baseline: { service: 21.4, mysql: 25.7, redis: 0.2 },
      candidate: {
        service: 21.4 * run.ratio,
        mysql: 25.7 * run.ratio * 0.4,
        redis: 0.2 * Math.sqrt(run.ratio),
      },
    },
    notes: [`The baseline used 86 % of the machine.${run.text}`],
    exclusions: [],
  };
}

function roundsOf(run: Run, blocks: number): Round[] {
  const startMs = Date.parse(run.createdAt) + 20_000;
  const lengthMs = (warmupSeconds + run.windowSeconds + pauseSeconds) * 1000;
  return Array.from({ length: blocks * 2 }, (_, index) => {
    const variant = (index + Math.floor(index / 2)) % 2 === 0 ? 'naive' : 'optimized';
    const windowMs = startMs + index * lengthMs + warmupSeconds * 1000;
    const requests = Math.round(
      (variant === 'naive' ? 33.4 : 49.1) * run.windowSeconds * noise(run.id, index),
    );
    const cpuSeconds = (requests * 47.3 * (variant === 'naive' ? 1 : run.ratio)) / 1000;
    const file = { file: `samples/round-${index + 1}.parquet`, bytes: 1000, sha256: '0'.repeat(64) };
    return roundSchema.parse({
      schemaVersion,
      round: index + 1,
      block: Math.floor(index / 2) + 1,
      variant,
      attempt: 1,
      startedAt: new Date(windowMs - warmupSeconds * 1000).toISOString(),
      readyMs: 412,
      window: {
        startMs: windowMs,
        endMs: windowMs + run.windowSeconds * 1000,
        durationMs: run.windowSeconds * 1000,
      },
      samples: file,
      resources: { ...file, file: `samples/round-${index + 1}.resources.ndjson` },
      load: { requests, failed: 0, droppedIterations: 0, exitCode: 0 },
      usage: [
        { process: 'service', cpuSeconds: cpuSeconds * 0.45, rssBytesMax: 1.2e8, contextSwitches: 1000 },
        { process: 'mysql', cpuSeconds: cpuSeconds * 0.55, rssBytesMax: 3e8, contextSwitches: 1000 },
        { process: 'k6', cpuSeconds: 0.9, rssBytesMax: 9e7, contextSwitches: 1000 },
      ],
      shared: [],
      sentinel: null,
      statuses: { '200': requests },
      machine: { busyCpuSeconds: cpuSeconds + 1.1, stealCpuSeconds: 0, cores: 2 },
      excluded: null,
    } satisfies Round);
  });
}

function timelineOf(run: Run, rounds: Round[]): TimelineFile {
  const factorOf = (variant: string): number => (variant === 'naive' ? 1 : run.ratio);
  const seconds = Array.from(
    { length: warmupSeconds + run.windowSeconds },
    (_, index) => index - warmupSeconds,
  );
  const quantiles = Array.from({ length: 70 }, (_, index) => 1 - 10 ** (-index / 23));
  return {
    schemaVersion,
    latency: rounds.flatMap(({ round, block, variant }) =>
      seconds.map((second) => {
        const meanMs = 486 * factorOf(variant) * noise(round, second) * (second < -2 ? 1.5 : 1);
        const requests = Math.round((variant === 'naive' ? 33.4 : 49.1) * noise(second, round));
        return {
          round,
          block,
          variant,
          second,
          requests,
          failed: 0,
          meanMs,
          p50Ms: meanMs * 0.97,
          p95Ms: meanMs * 1.44,
        };
      }),
    ),
    cpu: rounds.flatMap(({ round, block, variant }) =>
      seconds.flatMap((second) =>
        Object.entries({ service: 0.72, mysql: 0.86, redis: 0.01, k6: 0.06 }).map(([process, cores]) => {
          const share = process === 'k6' ? 1 : Math.max(0.03, factorOf(variant));
          return {
            round,
            block,
            variant,
            second,
            process,
            cores: cores * share * noise(round, second, process),
          };
        }),
      ),
    ),
    percentiles: ['naive', 'optimized'].flatMap((variant) =>
      quantiles.map((quantile) => ({
        variant,
        quantile,
        ms: 486 * factorOf(variant) * (0.6 + 0.45 * Math.log10(1 / (1 - quantile)) ** 1.2),
      })),
    ),
  };
}

async function evidenceOf(run: Run): Promise<EvidenceFile> {
  const evidence: EvidenceFile = { schemaVersion, traces: [], profiles: [], missing: [] };
  await mkdir(join(run.folder, 'traces'), { recursive: true });
  for (const variant of ['naive', 'optimized'])
    for (const kind of ['median', 'slow'] as const) {
      const file = `traces/${variant}-${kind}.json`;
      const trace = traceOf(run, variant, kind === 'slow' ? 1.6 : 1);
      await writeFile(join(run.folder, file), JSON.stringify(trace.otlp));
      evidence.traces.push({
        variant,
        kind,
        traceId: trace.traceId,
        durationMs: trace.durationMs,
        spans: trace.spans,
        file,
        url: `http://127.0.0.1:26686/trace/${trace.traceId}`,
      });
    }
  if (run.flamegraph === null) evidence.missing.push('no profile was taken');
  else
    for (const variant of ['naive', 'optimized']) {
      const folder = `profiles/${variant}`;
      await mkdir(join(run.folder, folder), { recursive: true });
      await copyFile(run.flamegraph, join(run.folder, folder, 'flamegraph.html'));
      await writeFile(join(run.folder, folder, 'folded.txt'), 'main;route;query 12\n');
      evidence.profiles.push({
        variant,
        flamegraph: `${folder}/flamegraph.html`,
        folded: `${folder}/folded.txt`,
        samples: 7812,
        requests: 264,
      });
    }
  return evidence;
}

/** A naive request asks once per product; an optimized one asks the cache. */
function traceOf(run: Run, variant: string, slowness: number) {
  const traceId = createHash('md5').update(`${run.id} ${variant} ${slowness}`).digest('hex');
  const totalMs = 480 * slowness * (variant === 'naive' ? 1 : run.ratio);
  const queries = variant === 'naive' ? 40 : 0;
  const startNanos = BigInt(Date.parse(run.createdAt)) * 1_000_000n;
  const span = (
    index: number,
    parent: number | null,
    name: string,
    fromMs: number,
    ms: number,
    attributes: Record<string, string>,
  ) => ({
    traceId,
    spanId: index.toString(16).padStart(16, '0'),
    parentSpanId: parent === null ? 'f'.repeat(16) : parent.toString(16).padStart(16, '0'),
    name,
    kind: 3,
    startTimeUnixNano: String(startNanos + BigInt(Math.round(fromMs * 1e6))),
    endTimeUnixNano: String(startNanos + BigInt(Math.round((fromMs + ms) * 1e6))),
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  });
  const each = (totalMs * 0.8) / Math.max(1, queries);
  const spans = [
    span(1, null, `GET /products${run.text}`, 0, totalMs, { 'http.route': '/products' }),
    ...(queries === 0
      ? [
          span(2, 1, 'GET', totalMs * 0.1, totalMs * 0.5, {
            'db.system.name': 'redis',
            'db.query.text': 'GET products:v1',
          }),
        ]
      : [
          span(2, 1, 'SELECT products', totalMs * 0.02, totalMs * 0.15, {
            'db.system.name': 'mysql',
            'db.query.text': 'SELECT * FROM products WHERE category_id = ? ORDER BY price LIMIT ? OFFSET ?',
          }),
        ]),
    ...Array.from({ length: queries }, (_, index) =>
      span(index + 3, 1, 'SELECT reviews', totalMs * 0.18 + index * each, each * 0.9, {
        'db.system.name': 'mysql',
        'db.query.text': 'SELECT * FROM reviews WHERE product_id = ? ORDER BY created_at DESC',
      }),
    ),
  ];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] };
  return {
    traceId,
    durationMs: totalMs,
    spans: spans.length,
    otlp: { result: { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] } },
  };
}

async function writeRounds(run: Run, rounds: Round[]): Promise<void> {
  await writeFile(
    join(run.folder, 'rounds.ndjson'),
    rounds.map((round) => `${JSON.stringify(round)}\n`).join(''),
  );
}

async function write(run: Run, file: string, content: unknown): Promise<void> {
  // As the lab does: whole or absent.
  const path = join(run.folder, file);
  await writeFile(`${path}.part`, JSON.stringify(content));
  await rename(`${path}.part`, path);
}

function raise(message: string): never {
  throw new Error(message);
}
