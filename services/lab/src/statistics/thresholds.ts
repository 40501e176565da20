import type { MetricName } from '@dyno/contracts/metrics';
import { DynoError } from '../errors.ts';
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
  const match =
    /^\s*(?<name>[a-z]+(?:\(\d+\))?)\s*(?<operator><=|>=|<|>)\s*(?<limit>\d+(?:\.\d+)?)\s*(?<percent>%?)\s*$/.exec(
      text,
    )?.groups;
  const known = match?.name === undefined ? undefined : names[match.name];
  const operator = operators.find((candidate) => candidate === match?.operator);
  if (!match || !known || !operator || known.percent !== (match.percent === '%')) {
    throw new DynoError(
      `"${text}" is not a threshold that Dyno knows: write avg<500, med<80, p(95)<200, p(99)<400, rps>100, cpu<40% or errors<1%.`,
    );
  }
  return { text, metric: known.metric, operator, limit: Number(match.limit) / (known.percent ? 100 : 1) };
}

/** Whether the candidate's value keeps it; a value that was not measured keeps nothing. */
export function judgeThreshold(
  { text, operator, limit }: Threshold,
  metric: { title: string; unit: string; value: number } | null,
): { threshold: string; value: number | null; passed: boolean; detail: string } {
  if (metric === null)
    return { threshold: text, value: null, passed: false, detail: `${text}: not measured` };
  const passed = keeps(metric.value, operator, limit);
  const value = quantity(metric.value, metric.unit);
  const goal = `${operator} ${quantity(limit, metric.unit)}`;
  const detail = `${metric.title} is ${value}, the goal is ${goal}: ${passed ? 'met' : 'not met'}`;
  return { threshold: text, value: metric.value, passed, detail };
}

const operators = ['<', '<=', '>', '>='] as const;

const names: Readonly<Record<string, { metric: MetricName; percent: boolean }>> = {
  avg: { metric: 'latency.mean', percent: false },
  med: { metric: 'latency.p50', percent: false },
  'p(50)': { metric: 'latency.p50', percent: false },
  'p(95)': { metric: 'latency.p95', percent: false },
  'p(99)': { metric: 'latency.p99', percent: false },
  rps: { metric: 'throughput', percent: false },
  cpu: { metric: 'cpu.utilization', percent: true },
  errors: { metric: 'errors.rate', percent: true },
};

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
