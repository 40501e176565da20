import type { Report } from '@dyno/contracts/report';
import { beforeAfter, change, changeInterval, count, levelOf } from '@dyno/lab/format';
import type { Trace } from './trace.ts';
import { callsTo, percentileWords, type Side, type TracePair } from './tracePair.ts';

/**
 * What the evidence of a run says, in sentences. A kept request is an example: it says what happened in it, and never how sure
 * that is; a figure over all rounds brings its interval.
 */
export function findingsOf(
  report: Report | null,
  examples: readonly { pair: TracePair; baseline: Trace | null; candidate: Trace | null }[],
  names: Record<Side, string>,
): string[] {
  const told = examples.flatMap(({ pair, baseline, candidate }) =>
    baseline && candidate ? [exampleOf(pair, baseline, candidate, names)] : [],
  );
  return [cpuFinding(report), ...told].filter((finding) => finding !== null);
}

function exampleOf(
  { percentile }: TracePair,
  baseline: Trace,
  candidate: Trace,
  names: Record<Side, string>,
): string {
  const took = `At ${percentile} (${percentileWords[percentile]}) it took ${beforeAfter(baseline.requestMs, candidate.requestMs, 'ms')}`;
  const [before, after] = [callsTo(baseline, 'database'), callsTo(candidate, 'database')];
  if (before === 0 && after === 0)
    return `${took}, with ${count(baseline.spans.length)} spans in ${names.baseline} and ${count(candidate.spans.length)} in ${names.candidate}.`;
  if (before === after) return `${took}, with ${databaseCalls(before)} in both.`;
  return `${took}, with ${databaseCalls(before)} in ${names.baseline} and ${after === 0 ? 'none' : count(after)} in ${names.candidate}.`;
}

const databaseCalls = (calls: number): string =>
  calls === 0 ? 'no database call' : `${count(calls)} database call${calls === 1 ? '' : 's'}`;

function cpuFinding(report: Report | null): string | null {
  const cpu = report?.metrics.find(({ name }) => name === 'cpu.perRequest');
  // The sentence of the run says it already.
  if (!cpu?.ratio || report?.primary === cpu.name) return null;
  const { estimate, low, high, level } = cpu.ratio;
  const figures = `${beforeAfter(cpu.baseline.estimate, cpu.candidate.estimate, cpu.unit)}, ${change(estimate)} (${levelOf(level)} interval ${changeInterval(low, high)})`;
  return `CPU per request: ${figures}.`;
}
