import { metricCatalogue, metricNames } from '@dyno/contracts/metrics';
import type { MetricResult } from '@dyno/contracts/report';
import { type RoundMetrics, roundMetricsSchema } from '@dyno/contracts/run';
import type { Run } from './results.ts';
import { caps, readJson } from './runJson.ts';
import type { Names } from './runPage.ts';

/** What whole blocks have given while there is no report: values, without an interval and without a judgement. */
export interface SoFar {
  blocks: number;
  metrics: MetricSoFar[];
}

export interface MetricSoFar extends Pick<MetricResult, 'name' | 'title' | 'unit' | 'better' | 'pairs'> {
  ratio: null;
  /** Medians over the rounds. */
  baseline: number;
  candidate: number;
}

/** Null while no block is whole. */
export async function readSoFar(run: Run, names: Names): Promise<SoFar | null> {
  const file = await readJson(run.id, 'metrics.json', roundMetricsSchema, caps.small, []);
  return file && soFarOf(file.rounds, names);
}

export function soFarOf(rounds: RoundMetrics['rounds'], names: Names): SoFar | null {
  const blocks = [...Map.groupBy(rounds, ({ block }) => block)];
  const metrics = metricNames.flatMap((name) => {
    const pairs = blocks.flatMap(([block, own]) => {
      const valueIn = (variant: string) => own.find((round) => round.variant === variant)?.values[name];
      const [baseline, candidate] = [valueIn(names.baseline), valueIn(names.candidate)];
      return typeof baseline === 'number' && typeof candidate === 'number'
        ? [{ block, baseline, candidate }]
        : [];
    });
    if (pairs.length === 0) return [];
    const baseline = median(pairs.map((pair) => pair.baseline));
    const candidate = median(pairs.map((pair) => pair.candidate));
    return [{ name, ...metricCatalogue[name], pairs, ratio: null, baseline, candidate }];
  });
  return metrics.length === 0 ? null : { blocks: blocks.length, metrics };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
