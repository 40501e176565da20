import {
  type MetricName,
  metricCatalogue,
  metricNames,
  type OverallVerdict,
  type Verdict,
} from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { schemaVersion } from '@dyno/contracts/run';
import { blocksMax, modeReasonOf, noise, type Run } from './plan.ts';

/** Over the mean latency, or on its own. */
const baselineOf = (name: MetricName, meanMs: number): number =>
  ({
    'latency.mean': meanMs,
    'latency.p50': meanMs * 0.967,
    'latency.p95': meanMs * 1.444,
    'latency.p99': meanMs * 1.669,
    'browser.ttfb': meanMs * 1.1,
    'browser.lcp': meanMs * 1.3,
    throughput: 33.4,
    'errors.rate': 0,
    'cpu.perRequest': 47.3,
    'cpu.utilization': 0.86,
  })[name];

const gated: readonly MetricName[] = [
  'latency.mean',
  'latency.p95',
  'latency.p99',
  'cpu.perRequest',
  'errors.rate',
];
const level = 0.9973;

export function reportOf(run: Run): Report {
  const metrics = metricNames
    .filter((name) => !name.startsWith('browser.'))
    .map((name) => metricOf(run, name));
  const primary = metrics.find(({ name }) => name === 'latency.mean') ?? raise('no primary metric');
  const [before, after] = [primary.baseline.estimate.toFixed(0), primary.candidate.estimate.toPrecision(3)];
  const word = `${run.verdict.charAt(0).toUpperCase()}${run.verdict.slice(1)}`;
  const { environment } = run;
  return {
    schemaVersion,
    runId: run.id,
    experiment: run.experiment.name,
    title: run.title,
    createdAt: run.createdAt,
    baseline: { name: 'naive', title: run.experiment.baseline.title },
    candidate: { name: 'optimized', title: run.experiment.candidates[0]?.title ?? '' },
    verdict: run.verdict,
    exitCode: exitCodeOf[run.verdict],
    sentence: `${word}: mean latency ${before} ms → ${after} ms, after ${run.blocks} blocks.${run.text}`,
    mode: run.mode,
    modeReason: modeReasonOf(run.mode),
    method: `A round restarts the service, warms it up and measures a window; rounds of one block are a pair. The trimmed t test looks after each block from the fourth on.${run.text}`,
    secondsToVerdict: run.blocks * 2 * (run.windowSeconds + 8),
    planName: 'quick',
    seed: 20261121,
    blocks: run.blocks,
    blocksMax,
    stopped: run.blocks === blocksMax ? 'maximum' : 'certain',
    primary: 'latency.mean',
    margin: 0.03,
    metrics,
    successful: metrics
      .filter(({ name }) => name.startsWith('latency.'))
      .map(({ name, baseline, candidate, ratio }) => ({
        name,
        baseline: baseline.estimate,
        candidate: candidate.estimate,
        ratio,
      })),
    environment: {
      fingerprint: environment.fingerprint,
      cpuModel: environment.cpuModel,
      cores: environment.cores,
      kernel: environment.kernel,
      versions: environment.versions,
      git: environment.git,
    },
    calibration: run.noiseFloor === null ? null : { createdAt: '2026-11-20T18:00:00.000Z', pairs: 12 },
    guards: guardsOf(run),
    thresholds: thresholdsOf(run, primary),
    caches: [
      { cache: 'memory', baseline: null, candidate: { hits: 973, misses: 27 } },
      { cache: 'redis', baseline: null, candidate: { hits: 21, misses: 6 } },
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
    exclusions: Object.entries(run.excluded).map(([round, { cause, detail }]) => ({
      round: Number(round),
      block: Math.ceil(Number(round) / 2),
      variant: 'naive',
      cause,
      detail,
    })),
  };
}

const exitCodeOf: Record<OverallVerdict, number> = {
  improved: 0,
  equivalent: 0,
  regressed: 1,
  mixed: 1,
  inconclusive: 3,
  invalid: 4,
};

function metricOf(run: Run, name: MetricName): MetricResult {
  const catalogued = metricCatalogue[name];
  const baseline = baselineOf(name, run.baselineMs);
  if (name === 'errors.rate') return errorsOf(run);
  const ratio = ratioOf(run, name);
  const [low, high] = [ratio * (1 - run.spread), ratio * (1 + run.spread)];
  const verdict = verdictOf(low, high, ratio < 1 === (catalogued.better === 'lower'), run.spread);
  return {
    name,
    ...catalogued,
    gated: gated.includes(name),
    baseline: { estimate: baseline, low: baseline * 0.97, high: baseline * 1.03 },
    candidate: { estimate: baseline * ratio, low: baseline * ratio * 0.98, high: baseline * ratio * 1.02 },
    ratio: { estimate: ratio, low, high, level },
    difference: null,
    verdict,
    minimumDetectableEffect: run.spread * 1.3,
    spread: run.spread * 0.8,
    p: verdict === 'inconclusive' ? 0.31 : 0.0021,
    adjustedP: verdict === 'inconclusive' ? 0.62 : 0.0084,
    hodgesLehmann: { estimate: ratio * 1.002, low: low * 0.999, high: high * 1.004, level: 0.992 },
    blocksNeeded: verdict === 'inconclusive' ? 17 : null,
    noiseFloor: run.noiseFloor,
    path: pathOf(run, ratio),
    sentence: `${catalogued.title} changed`,
    pairs: Array.from({ length: run.blocks }, (_, index) => {
      const before = baseline * noise(run.id, name, index, 'before');
      return {
        block: index + 1,
        baseline: before,
        candidate: before * ratio * noise(run.id, name, index) ** (run.spread * 4),
      };
    }),
  };
}

/** The interval after each look: it narrows, and its middle still moves. */
function pathOf(run: Run, ratio: number): MetricResult['path'] {
  return Array.from({ length: Math.max(0, run.blocks - 3) }, (_, index) => {
    const blocks = index + 4;
    const isLast = blocks === run.blocks;
    const estimate = isLast ? ratio : ratio * noise(run.id, 'path', blocks) ** run.spread;
    const width = run.spread * (isLast ? 1 : (run.blocks / blocks) ** 1.5);
    return { blocks, estimate, low: estimate * Math.max(0, 1 - width), high: estimate * (1 + width) };
  });
}

function errorsOf(run: Run): MetricResult {
  const estimate = run.candidateErrors;
  return {
    name: 'errors.rate',
    ...metricCatalogue['errors.rate'],
    gated: true,
    baseline: { estimate: 0, low: 0, high: 0.0002 },
    candidate: { estimate, low: estimate * 0.9, high: estimate * 1.1 + 0.0002 },
    ratio: null,
    difference: { estimate, low: estimate * 0.9 - 0.0004, high: estimate * 1.1 + 0.0004, level },
    verdict: estimate > 0 ? 'regressed' : 'equivalent',
    minimumDetectableEffect: null,
    spread: null,
    p: null,
    adjustedP: null,
    hodgesLehmann: null,
    blocksNeeded: null,
    noiseFloor: null,
    path: [],
    sentence: 'error rate changed',
    pairs: [],
  };
}

function ratioOf(run: Run, name: MetricName): number {
  if (name === 'throughput') return run.ratio < 1 ? 1.47 : 1 / run.ratio;
  if (name === 'latency.p99' && run.p99Ratio !== null) return run.p99Ratio;
  // Near 1 the other metrics must not be drawn to a verdict of their own.
  return run.ratio * noise(run.id, name) ** (Math.abs(Math.log(run.ratio)) < 0.1 ? 0.1 : 1);
}

function verdictOf(low: number, high: number, better: boolean, spread: number): Verdict {
  if (low < 1 && high > 1) return spread < 0.03 ? 'equivalent' : 'inconclusive';
  return better ? 'improved' : 'regressed';
}

function guardsOf(run: Run): Report['guards'] {
  const failed = run.verdict === 'invalid';
  return [
    {
      name: 'port ownership',
      status: 'pass',
      detail: 'every listener was a process of the round',
      advice: '',
    },
    {
      name: 'answers',
      status: failed ? 'fail' : 'pass',
      detail: failed ? '31 % of the answers differ, first at $.items[0].price' : 'checks of every response',
      advice: failed ? 'Mend the candidate, or name the path with --ignore if it may differ.' : '',
    },
    {
      name: 'generator',
      status: 'warn',
      detail: `k6 used 61 % of one core${run.text}`,
      advice: `Use fewer virtual users.${run.text}`,
    },
    { name: 'clock', status: 'pass', detail: 'wall and monotonic clocks agree', advice: '' },
  ];
}

function thresholdsOf(run: Run, primary: MetricResult): Report['thresholds'] {
  const p99 = ratioOf(run, 'latency.p99') - 1;
  return [
    {
      threshold: 'avg<500',
      kind: 'absolute',
      value: primary.candidate.estimate,
      passed: primary.candidate.estimate < 500,
      detail: `mean latency is ${primary.candidate.estimate.toPrecision(3)} ms, the goal is < 500 ms`,
    },
    {
      threshold: 'cpu<40%',
      kind: 'absolute',
      value: 0.03,
      passed: true,
      detail: 'CPU utilization is 3 %, the goal is < 40 %',
    },
    {
      threshold: 'errors<1%',
      kind: 'absolute',
      value: run.candidateErrors,
      passed: run.candidateErrors < 0.01,
      detail: `error rate is ${run.candidateErrors * 100} %, the goal is < 1 %`,
    },
    {
      threshold: 'p(99)<=+3%',
      kind: 'relative',
      value: p99,
      passed: p99 <= 0.03,
      detail: `p99 latency changes by ${(p99 * 100).toFixed(1)} %, the goal is at most +3 %`,
    },
  ];
}

function raise(message: string): never {
  throw new Error(message);
}
