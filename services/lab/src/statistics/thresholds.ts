import { thresholdSchema } from '@dyno/contracts/experiment';
import type { MetricName } from '@dyno/contracts/metrics';
import { quantity } from '../format.ts';

/** An absolute goal for the candidate, as parsed from k6's notation. */
export interface Threshold {
  text: string;
  metric: MetricName;
  operator: '<' | '<=' | '>' | '>=';
  /** In the unit of the metric's files: ms, requests a second, or a share. */
  limit: number;
}

/** `avg<500`, `med<=80`, `p(95)<200`, `cpu<40%`, `errors<1%`, `rps>100`: latency in ms, CPU of the whole machine. */
export function parseThreshold(text: string): Threshold {
  const { name, operator, limit, percent } = partsOf(thresholdSchema.parse(text));
  return { text, metric: metrics[name], operator, limit: Number(limit) / (percent ? 100 : 1) };
}

/** Whether the candidate's value keeps it; a value that was not measured keeps nothing. */
export function judgeThreshold(
  { text, operator, limit }: Threshold,
  metric: { title: string; unit: string; value: number } | null,
): { threshold: string; kind: 'absolute'; value: number | null; passed: boolean; detail: string } {
  if (metric === null)
    return { threshold: text, kind: 'absolute', value: null, passed: false, detail: `${text}: not measured` };
  const passed = keeps(metric.value, operator, limit);
  const value = quantity(metric.value, metric.unit);
  const goal = `${operator} ${quantity(limit, metric.unit)}`;
  const detail = `${metric.title} is ${value}, the goal is ${goal}: ${passed ? 'met' : 'not met'}`;
  return { threshold: text, kind: 'absolute', value: metric.value, passed, detail };
}

const metrics = {
  avg: 'latency.mean',
  med: 'latency.p50',
  'p(50)': 'latency.p50',
  'p(95)': 'latency.p95',
  'p(99)': 'latency.p99',
  rps: 'throughput',
  cpu: 'cpu.utilization',
  errors: 'errors.rate',
} as const satisfies Record<string, MetricName>;

interface Parts {
  name: keyof typeof metrics;
  operator: Threshold['operator'];
  limit: string;
  percent: boolean;
}

function partsOf(text: string): Parts {
  const [, name = '', operator = '', limit = '', percent] =
    /^(\S+?)\s*([<>]=?)\s*([\d.]+)(%?)$/.exec(text) ?? [];
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
