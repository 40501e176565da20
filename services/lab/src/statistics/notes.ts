import { metricCatalogue } from '@dyno/contracts/metrics';
import type { MetricResult } from '@dyno/contracts/report';
import type { EnvironmentFile } from '@dyno/contracts/run';
import { count, digits, percent, plural } from '../format.ts';
import type { Counted } from './guards.ts';

type Noted = Counted & { environment: EnvironmentFile; results: readonly MetricResult[] };

/** What a reader should know about this run that is no fault of it. */
export function notesOf(noted: Noted): string[] {
  return [
    ...notSaturated(noted),
    ...thinP99(noted),
    ...fixedRate(noted),
    ...missingMetrics(noted),
    ...fewerPairs(noted),
  ];
}

/** A closed load finds the limit of the service only where the machine is nearly full. */
const saturatedFrom = 0.8;

function notSaturated({ plan, environment, results }: Noted): string[] {
  const utilization = results.find(({ name }) => name === 'cpu.utilization')?.baseline.estimate;
  if (utilization === undefined || utilization >= saturatedFrom) return [];
  if (plan.experiment.load.ratePerSecond !== undefined) return [];
  return [
    `The baseline was not saturated on ${plural(environment.cores, 'core')} (${percent(utilization)} busy), so its latency is less bad than it can get: raise --vus or SHOP_SIZE.`,
  ];
}

function thinP99({ blocks }: Noted): string[] {
  const fewest = Math.min(
    ...blocks.flatMap(({ baseline, candidate }) => [baseline.requests, candidate.requests]),
  );
  const beyond = fewest * 0.01;
  if (beyond >= 10) return [];
  return [
    `p99 rests on few requests: the smallest window has ${count(fewest)}, so about ${digits(beyond)} lie beyond it. Read it as a hint, or take a longer window.`,
  ];
}

function fixedRate({ plan }: Noted): string[] {
  const rate = plan.experiment.load.ratePerSecond;
  if (rate === undefined) return [];
  return [`Requests arrived at a fixed ${digits(rate)}/s: throughput is not an outcome of this run.`];
}

function missingMetrics({ plan, results }: Noted): string[] {
  return plan.experiment.gated
    .filter((name) => !results.some((result) => result.name === name))
    .map((name) => `${metricCatalogue[name].title} was not measured in both variants and decides nothing.`);
}

function fewerPairs({ blocks, results }: Noted): string[] {
  return results
    .filter(({ pairs }) => pairs.length < blocks.length)
    .map(
      ({ title, pairs }) =>
        `${title} has a value in ${count(pairs.length)} of ${plural(blocks.length, 'block')} only.`,
    );
}
