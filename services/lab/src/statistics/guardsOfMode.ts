import { metricCatalogue } from '@dyno/contracts/metrics';
import type { Guard, MetricResult } from '@dyno/contracts/report';
import { change, percent } from '../format.ts';
import { type Counted, fail, openWindows, pass, shareOf, warn } from './guard.ts';

/** Above it requests wait for each other, and both variants for the same things. */
const utilizationMax = 0.6;
/** There is nothing but waiting: what differs is shared out between the variants. */
const utilizationFull = 0.95;

export function utilization(counted: Counted): Guard {
  const name = 'room for both variants';
  const windows = openWindows(counted);
  const busy = shareOf(windows, ({ busySeconds }) => busySeconds);
  // What else runs widens the intervals; only what the measurement uses itself can leave it no room.
  const own = shareOf(windows, ({ knownSeconds }) => knownSeconds);
  const detail = `The machine was ${percent(busy)} busy with both variants alive`;
  if (busy <= utilizationMax) return pass(name, `${detail}.`);
  const parts = `${percent(own)} by the measurement itself, ${percent(Math.max(0, busy - own))} by others`;
  const told = `${detail} (${parts}): above ${percent(utilizationMax)} the variants wait for each other, and their difference is diluted.`;
  const advice =
    own > utilizationMax ? 'Lower --vus or --rate, or use --mode isolated.' : 'Close what else runs.';
  return own >= utilizationFull ? fail(name, told, advice) : warn(name, told, advice);
}

/** Farther apart than this, the faster variant waits in the queues that the slower one fills. */
const apartMax = 0.2;

export function dilution(results: readonly MetricResult[]): Guard {
  const name = 'difference not diluted';
  const apart = ['latency.p50', 'cpu.perRequest'].flatMap((name) => {
    const result = results.find((one) => one.name === name);
    return result?.ratio ? [{ name: result.name, ratio: result.ratio.estimate }] : [];
  });
  const [farthest] = apart.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)));
  if (!farthest || Math.abs(Math.log(farthest.ratio)) <= Math.log1p(apartMax)) {
    return pass(name, `The variants are within ${percent(apartMax)} of each other.`);
  }
  return warn(
    name,
    `${metricCatalogue[farthest.name].title} differs by ${change(farthest.ratio)}: variants that far apart slow each other down unevenly, and the true difference is larger.`,
    'Use --mode isolated for its size.',
  );
}

/** How far one isolated pair may lie from the fine blocks; it is noisy itself, its CPU less than its latency. */
const pairOff = { 'latency.p50': 0.3, 'cpu.perRequest': 0.15 } as const;

/** One pair at the end, one variant at a time, must show what the blocks have shown. */
export function isolatedPair(
  { dilution }: Pick<Counted, 'dilution'>,
  results: readonly Pick<MetricResult, 'name' | 'ratio'>[],
): Guard {
  const name = 'isolated pair agrees';
  if (!dilution) return pass(name, 'No isolated pair was measured behind the blocks.');
  const alone = { 'latency.p50': dilution.latencyRatio, 'cpu.perRequest': dilution.cpuRatio };
  const compared = (['latency.p50', 'cpu.perRequest'] as const).flatMap((metric) => {
    const together = results.find((one) => one.name === metric)?.ratio?.estimate;
    const apart = alone[metric];
    if (together === undefined || apart === null) return [];
    const told = `${metricCatalogue[metric].title} ${change(apart)} apart, ${change(together)} together`;
    return [{ told, off: Math.abs(Math.log(apart / together)) > Math.log1p(pairOff[metric]) }];
  });
  const detail = `One pair measured one after the other: ${compared.map(({ told }) => told).join('; ')}.`;
  if (!compared.some(({ off }) => off)) return pass(name, detail);
  return warn(
    name,
    `${detail} Alive together the variants may hide their difference, or share it.`,
    'Use --mode isolated if it matters.',
  );
}

/** From this share on, what a variant saves in the database is too large to be left out of its CPU per request. */
export const sharedCpuMax = 0.25;

export function sharedWork(counted: Counted): Guard {
  const name = 'work can be told apart';
  const windows = openWindows(counted);
  const parts = shareOf(windows, ({ partsSeconds }) => partsSeconds);
  const services = shareOf(windows, ({ serviceSeconds }) => serviceSeconds);
  const share = parts + services === 0 ? 0 : parts / (parts + services);
  const detail = `Database and cache used ${percent(share)} of the CPU for both variants together`;
  if (share <= sharedCpuMax) return pass(name, `${detail}.`);
  return warn(
    name,
    `${detail}: CPU per request is that of the services alone, and what a variant saves there does not show in it.`,
    'Use --mode isolated when the database is what changed.',
  );
}
