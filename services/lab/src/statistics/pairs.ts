import type { MetricName } from '@dyno/contracts/metrics';
import type { PlanFile, RoundMetrics } from '@dyno/contracts/run';

export type RoundRow = RoundMetrics['rounds'][number];

/** The two rounds of one block. */
export interface BlockRows {
  block: number;
  baseline: RoundRow;
  candidate: RoundRow;
}

/** Name of the load generator among a round's processes; what it uses is not the service's. */
export const generatorProcess = 'k6';

/** Complete blocks in their order. Of a repeated block the last rounds count. */
export function blockRows(plan: PlanFile, rows: readonly RoundRow[]): BlockRows[] {
  const { baseline, candidate } = comparedVariants(plan);
  const blocks = Map.groupBy(rows, ({ block }) => block);
  return [...blocks]
    .map(([block, ofBlock]) => ({
      block,
      baseline: ofBlock.findLast(({ variant }) => variant === baseline.name),
      candidate: ofBlock.findLast(({ variant }) => variant === candidate.name),
    }))
    .filter((rowsOfBlock): rowsOfBlock is BlockRows => Boolean(rowsOfBlock.baseline && rowsOfBlock.candidate))
    .sort((a, b) => a.block - b.block);
}

/** The baseline and the candidate that a report is about: the first. */
export function comparedVariants({ experiment }: PlanFile) {
  const [candidate] = experiment.candidates;
  if (!candidate) throw new RangeError(`experiment ${experiment.name} has no candidate`);
  return { baseline: experiment.baseline, candidate };
}

/** A metric's value in one round, in the unit of the catalogue; null where it was not measured. */
export function metricValue(row: RoundRow, metric: MetricName): number | null {
  if (metric === 'errors.rate') return row.requests > 0 ? row.failed / row.requests : null;
  const value = row.values[metric] ?? null;
  return metric === 'cpu.perRequest' ? (value ?? cpuMsPerRequest(row)) : value;
}

/** CPU time of the service, its database and its cache over the requests of the window (a ratio of sums, not a mean of ratios). */
function cpuMsPerRequest({ cpuMsPerRequestByProcess }: RoundRow): number | null {
  const own = Object.entries(cpuMsPerRequestByProcess).filter(([process]) => process !== generatorProcess);
  return own.length === 0 ? null : own.reduce((sum, [, ms]) => sum + ms, 0);
}
