import { metricCatalogue } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import type { EnvironmentFile } from '@dyno/contracts/run';
import { throughputIsGiven } from '../experiment/sharedLoad.ts';
import { change, changeInterval, count, digits, percent, plural } from '../format.ts';
import { type Counted, openWindows, shareOf } from './guard.ts';
import { gatedMetrics } from './judge.ts';
import { comparedVariants } from './pairs.ts';
import { crossedTogether } from './scriptThresholds.ts';

type Noted = Counted & {
  environment: EnvironmentFile;
  results: readonly MetricResult[];
  successful: Report['successful'];
};

/** What a reader should know about this run that is no fault of it. */
export function notesOf(noted: Noted): string[] {
  return [
    ...notSaturated(noted),
    ...thinP99(noted),
    ...givenThroughput(noted),
    ...crossedTogether(noted.plan, noted.rounds),
    ...atAddresses(noted),
    ...missingMetrics(noted),
    ...failingFast(noted),
    ...fewerPairs(noted),
  ];
}

/** A closed load finds the limit of the service only where the machine is nearly full. */
const saturatedFrom = 0.8;

function notSaturated({ plan, rounds, environment, results }: Noted): string[] {
  // Whoever looks at single pages does not ask for the limit.
  if (rounds.some(({ vitals }) => vitals)) return [];
  const utilization = results.find(({ name }) => name === 'cpu.utilization')?.baseline.estimate;
  if (utilization === undefined || utilization >= saturatedFrom) return [];
  // In fine mode a machine with room is what is wanted.
  if (plan.experiment.load.ratePerSecond !== undefined || plan.mode === 'fine') return [];
  // Where k6 has taken the rest, more users get nothing more out of it.
  if (shareOf(openWindows({ plan, rounds }), ({ busySeconds }) => busySeconds) >= saturatedFrom) return [];
  return [
    `The baseline was not saturated on ${plural(environment.cores, 'core')} (${percent(utilization)} busy), so its latency is less bad than it can get: raise --vus.`,
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

function givenThroughput({ plan }: Noted): string[] {
  const { load } = plan.experiment;
  const rate = load.ratePerSecond;
  const shared = plan.mode === 'fine' ? [sharedLoad(load)] : [];
  if (rate === undefined) return shared;
  return [
    `Requests arrived at a fixed ${digits(rate)}/s: throughput is not an outcome of this run.`,
    ...shared,
  ];
}

function sharedLoad(load: Noted['plan']['experiment']['load']): string {
  const said =
    'Both variants were alive and each got half of the load: requests per second and CPU utilization are of that half';
  return throughputIsGiven(load, 'fine') ? `${said}, and throughput is the same by design.` : `${said}.`;
}

function atAddresses({ plan }: Noted): string[] {
  const { baseline, candidate } = comparedVariants(plan);
  const remote = [baseline, candidate].filter(({ url }) => url !== undefined);
  if (remote.length === 0) return [];
  const names = remote.map(({ name, url }) => `${name} at ${url}`).join(' and ');
  return [
    `Dyno did not start ${names}: it is not restarted between rounds, so that what one start happens to be like stays in all of them, and its CPU is not known.`,
  ];
}

/** An answer that fails is often a quick one. */
function failingFast({ results, successful }: Noted): string[] {
  return successful.flatMap(({ name, ratio }) => {
    const all = results.find((result) => result.name === name);
    if (!ratio || all?.verdict !== 'improved' || ratio.high < 1) return [];
    return [
      `Over successful answers alone ${all.title} changes by ${change(ratio.estimate)} (${changeInterval(ratio.low, ratio.high)}): what looks faster are the failures.`,
    ];
  });
}

function missingMetrics({ plan, results }: Noted): string[] {
  return [...gatedMetrics(plan)]
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
