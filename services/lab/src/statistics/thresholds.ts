import type { CalibrationFile } from '@dyno/contracts/calibration';
import { thresholdSchema } from '@dyno/contracts/experiment';
import type { MetricName } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { change, changeInterval, levelOf, quantity } from '../format.ts';

/** A goal for the candidate, as parsed from k6's notation. */
export interface Threshold {
  /** Of the candidate's value, or of its change from the baseline. */
  kind: 'absolute' | 'relative';
  text: string;
  metric: MetricName;
  operator: '<' | '<=' | '>' | '>=';
  /** In the unit of the metric's files: ms, requests a second, or a share; relative: the change as a fraction. */
  limit: number;
}

type Judgement = Report['thresholds'][number];

/**
 * Absolute: `avg<500`, `med<=80`, `p(95)<200`, `cpu<40%`, `errors<1%`, `rps>100`, `lcp<2500`: latency in ms, CPU of the whole machine.
 * Relative, with a sign: `p(95)<=+3%`, `cpu<=-10%`, which is CPU per request.
 */
export function parseThreshold(text: string): Threshold {
  const { name, operator, limit, percent } = partsOf(thresholdSchema.parse(text));
  const kind = /^[+-]/.test(limit) ? 'relative' : 'absolute';
  const metric = kind === 'relative' && name === 'cpu' ? 'cpu.perRequest' : metrics[name];
  return { kind, text, metric, operator, limit: Number(limit) / (percent ? 100 : 1) };
}

/** Whether the candidate keeps it, and why; what was not measured keeps nothing. */
export function judgeThreshold(
  threshold: Threshold,
  { results, throughputGiven }: { results: readonly MetricResult[]; throughputGiven: boolean },
): Judgement {
  const { text, kind, metric } = threshold;
  if (throughputGiven && kind === 'relative' && metric === 'throughput') {
    // No change would be the load's doing, not the candidate's.
    const detail = `${text}: the load decides how many requests each variant gets, so that throughput is not an outcome`;
    return { threshold: text, kind, value: null, passed: false, detail };
  }
  const result = results.find(({ name }) => name === metric);
  const missing = { value: null, passed: false, detail: `${text}: not measured` };
  const judged = result
    ? kind === 'absolute'
      ? judgeAbsolute(threshold, result)
      : judgeRelative(threshold, result)
    : null;
  return { threshold: text, kind, ...(judged ?? missing) };
}

/**
 * The noise floor that a relative goal asks more than, or null. A goal finer than what two identical variants differ by
 * on this machine passes and fails by chance.
 */
export function tighterThanFloor(text: string, calibration: CalibrationFile): number | null {
  const { kind, metric, limit } = parseThreshold(text);
  const floor = calibration.metrics.find(({ name }) => name === metric)?.noiseFloor;
  return kind === 'relative' && floor !== undefined && Math.abs(limit) < floor ? floor : null;
}

const metrics = {
  avg: 'latency.mean',
  med: 'latency.p50',
  'p(50)': 'latency.p50',
  'p(95)': 'latency.p95',
  'p(99)': 'latency.p99',
  ttfb: 'browser.ttfb',
  lcp: 'browser.lcp',
  rps: 'throughput',
  cpu: 'cpu.utilization',
  errors: 'errors.rate',
} as const satisfies Record<string, MetricName>;

type Judged = Pick<Judgement, 'value' | 'passed' | 'detail'>;

/** By the candidate's own figure. */
function judgeAbsolute({ operator, limit }: Threshold, { title, unit, candidate }: MetricResult): Judged {
  const passed = keeps(candidate.estimate, operator, limit);
  const goal = `${operator} ${quantity(limit, unit)}`;
  return {
    value: candidate.estimate,
    passed,
    detail: `${title} is ${quantity(candidate.estimate, unit)}, the goal is ${goal}: ${passed ? 'met' : 'not met'}`,
  };
}

/** By the end of the interval that is worst for the goal: a change that may be luck has not met it. */
function judgeRelative({ text, operator, limit }: Threshold, { title, ratio }: MetricResult): Judged | null {
  if (!ratio) return { value: null, passed: false, detail: `${text}: one block has no interval` };
  const { estimate, low, high, level } = ratio;
  const end = operator.startsWith('<') ? high : low;
  const passed = keeps(end - 1, operator, limit);
  const said = `${title} changes by ${change(estimate)} (${levelOf(level)} interval ${changeInterval(low, high)}), the goal is ${operator} ${change(1 + limit)}`;
  const near = keeps(estimate - 1, operator, limit);
  const why = passed
    ? 'met by the whole interval'
    : near
      ? `not proven, the interval reaches ${change(end)}`
      : 'not met';
  return { value: estimate - 1, passed, detail: `${said}: ${why}` };
}

interface Parts {
  name: keyof typeof metrics;
  operator: Threshold['operator'];
  limit: string;
  percent: boolean;
}

function partsOf(text: string): Parts {
  const [, name = '', operator = '', limit = '', percent] =
    /^(\S+?)\s*([<>]=?)\s*([+-]?[\d.]+)(%?)$/.exec(text) ?? [];
  if (!isMetric(name) || !isOperator(operator)) throw new RangeError(`${text} is not a threshold`);
  return { name, operator, limit, percent: percent === '%' };
}

function isMetric(name: string): name is Parts['name'] {
  return name in metrics;
}

function isOperator(text: string): text is Threshold['operator'] {
  return text === '<' || text === '<=' || text === '>' || text === '>=';
}

function keeps(value: number, operator: Threshold['operator'], limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    default:
      return operator satisfies never;
  }
}
