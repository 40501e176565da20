import type { Guard } from '@dyno/contracts/report';
import type { PlanFile, Round } from '@dyno/contracts/run';
import { change, changeInterval, digits, duration, percent, plural } from '../format.ts';
import { type Counted, fail, listRounds, openWindows, pass, shareOf, warn } from './guard.ts';
import { type BlockRows, comparedVariants } from './pairs.ts';
import { isOfLength } from './windowLength.ts';
import { logRatioEstimate } from './yuen.ts';

/** More than this, and k6's wall-clock times no longer belong to the window. */
const clockToleranceMs = 50;

export function windowLengths({ plan, rounds }: Counted): Guard {
  const name = 'windows of equal length';
  const off = rounds.filter(({ window }) => !isOfLength(window, plan.plan.windowSeconds));
  if (off.length === 0) return pass(name, `Every window was ${duration(plan.plan.windowSeconds)} long.`);
  return fail(
    name,
    `${listRounds(off)}: the window was not ${duration(plan.plan.windowSeconds)} long (${off.map(({ window }) => `${digits(window.durationMs / 1000)} s`).join(', ')}).`,
    'Was the machine suspended or overloaded? Run it again.',
  );
}

export function clock({ rounds }: Counted): Guard {
  const name = 'clock steady';
  const jumped = rounds.filter(
    ({ window }) => Math.abs(window.endMs - window.startMs - window.durationMs) > clockToleranceMs,
  );
  if (jumped.length === 0) return pass(name, 'The clock did not jump inside a window.');
  return fail(name, `${listRounds(jumped)}: the clock jumped inside the window.`, 'Run it again.');
}

/** MSER-5 averages five seconds; with less than three batches there is nothing to cut. */
const batchSeconds = 5;
/** So rarely may a service that is steady look unsteady by chance. */
const chanceMax = 0.01;
/** In windows of this length a cut at the end is rare enough by chance to be believed. */
const longSeconds = 30;

/** A round is not steady when MSER-5 would cut as much as it may: half of the window. */
export function steady({ plan, blocks }: Counted): Guard {
  const name = 'steady state reached';
  const seconds = plan.plan.windowSeconds;
  const batches = Math.floor(seconds / batchSeconds);
  const sides = { baseline: cutsOf(blocks, 'baseline'), candidate: cutsOf(blocks, 'candidate') };
  if (batches < 3 || sides.baseline.length === 0) {
    return pass(
      name,
      `Windows of ${duration(seconds)} are too short to tell; the warm-up of ${duration(plan.plan.warmupSeconds)} is the same in both variants.`,
    );
  }
  const lastCut = batchSeconds * (Math.ceil(batches / 2) - 1);
  const found = (['baseline', 'candidate'] as const).map((side) => {
    const unsteady = sides[side].filter((cut) => cut >= lastCut).length;
    const chance = atLeast(unsteady, sides[side].length, cutsByChance(batches));
    return { side, unsteady, of: sides[side].length, chance };
  });
  const suspect = found.filter(({ chance }) => chance < chanceMax);
  if (suspect.length === 0) return pass(name, 'No round warms up any longer inside its window.');
  const detail = `${suspect.map(({ side, unsteady, of }) => `${unsteady} of ${plural(of, 'round')} of the ${side}`).join(' and ')} were still warming up inside the window (MSER-5).`;
  const advice = `Raise --warmup above ${duration(plan.plan.warmupSeconds)}; it is the same for both variants.`;
  const most = Math.max(...suspect.map(({ unsteady, of }) => unsteady / of));
  return most >= 0.8 && seconds >= longSeconds ? fail(name, detail, advice) : warn(name, detail, advice);
}

function cutsOf(blocks: readonly BlockRows[], side: 'baseline' | 'candidate'): number[] {
  return blocks.flatMap((block) => block[side].unsteadySeconds ?? []);
}

/** How often MSER-5 cuts half of a window that is steady: it falls with the number of batches (4,000 series of white noise each). */
function cutsByChance(batches: number): number {
  const [, chance] = chances.find(([least]) => batches >= least) ?? [0, 0.47];
  return chance;
}

const chances: readonly [number, number][] = [
  [24, 0.02],
  [12, 0.08],
  [8, 0.15],
  [6, 0.22],
  [5, 0.27],
  [4, 0.36],
];

/** P(X >= k) of n trials. */
function atLeast(k: number, n: number, chance: number): number {
  let sum = 0;
  let ways = 1;
  for (let successes = 0; successes <= n; successes += 1) {
    if (successes >= k) sum += ways * chance ** successes * (1 - chance) ** (n - successes);
    ways = (ways * (n - successes)) / (successes + 1);
  }
  return sum;
}

export function sameEnvironment({ plan, rounds }: Counted): Guard {
  const name = 'same environment';
  const cores = new Set(rounds.map(({ machine }) => machine.cores));
  if (cores.size > 1) {
    return fail(
      name,
      `The rounds had ${[...cores].join(' and ')} cores.`,
      'Measure both variants on one machine whose size does not change.',
    );
  }
  const hosts = hostsOf(plan);
  if (hosts.size > 1) {
    return warn(
      name,
      `The variants answer from ${[...hosts].join(' and ')}: whether those machines are alike is not known.`,
      'Start both on one machine, or exchange their places and measure again.',
    );
  }
  return pass(name, 'Both variants were measured on this machine, with the same parts beside them.');
}

function hostsOf(plan: PlanFile): Set<string> {
  const { baseline, candidate } = comparedVariants(plan);
  return new Set([baseline, candidate].map(({ url }) => (url ? new URL(url).hostname : 'this machine')));
}

/** The speed of a machine that others share drifts by a third; half of that within a run is worth a word. */
const speedRangeMax = 0.15;

/** The sentinel is the same work before every round: it must not have been faster for one of the variants. */
export function speed({ plan, rounds }: Counted): Guard {
  const name = 'machine of even speed';
  const measured = rounds.flatMap(({ sentinel }) => sentinel?.cpuMs ?? []);
  if (measured.length < 2) return pass(name, 'The speed of the machine was not measured.');
  const range = Math.max(...measured) / Math.min(...measured) - 1;
  const detail = `The same work took ${digits(Math.min(...measured))} to ${digits(Math.max(...measured))} ms of CPU before the rounds`;
  const uneven = plan.mode === 'fine' ? null : unevenFor(plan, rounds);
  if (uneven) {
    return warn(
      name,
      `${detail}, and ${change(Math.exp(uneven.estimate))} (${changeInterval(Math.exp(uneven.low), Math.exp(uneven.high))}) before those of the candidate.`,
      'Use --mode fine: both variants are alive then and share each moment.',
    );
  }
  if (range <= speedRangeMax) return pass(name, `${detail}.`);
  const quieter = 'Measure when the machine has less to do';
  return warn(
    name,
    `${detail}: it changed by ${percent(range)}.`,
    plan.mode === 'fine' ? `${quieter}.` : `${quieter}, or use --mode fine.`,
  );
}

/** Of the pairs' sentinels, at 99 %; null where the variants met the same machine. */
function unevenFor(plan: PlanFile, rounds: readonly Round[]) {
  const { baseline, candidate } = comparedVariants(plan);
  const byBlock = Map.groupBy(rounds, ({ block }) => block);
  const logs = [...byBlock.values()].flatMap((ofBlock) => {
    const before = ofBlock.find(({ variant }) => variant === baseline.name)?.sentinel?.cpuMs;
    const after = ofBlock.find(({ variant }) => variant === candidate.name)?.sentinel?.cpuMs;
    return before && after ? [Math.log(after / before)] : [];
  });
  if (logs.length < 4) return null;
  const estimate = logRatioEstimate(logs, 0.99);
  const beyond = Math.abs(estimate.estimate) > 0.01;
  return beyond && (estimate.low > 0 || estimate.high < 0) ? estimate : null;
}

const stolenMax = 0.02;
const foreignMax = 0.1;

export function undisturbed(counted: Counted): Guard {
  const name = 'machine to itself';
  const windows = openWindows(counted);
  const stolen = shareOf(windows, ({ stolenSeconds }) => stolenSeconds);
  const foreign = shareOf(windows, ({ busySeconds, knownSeconds }) =>
    Math.max(0, busySeconds - knownSeconds),
  );
  const detail = `Other processes, the telemetry among them, took ${percent(foreign)} of the CPU, other virtual machines ${percent(stolen)}`;
  return stolen < stolenMax && foreign < foreignMax
    ? pass(name, `${detail}.`)
    : warn(name, `${detail}: intervals are wider than they need be.`, 'Close what else runs.');
}
