import type { PlanFile } from '@dyno/contracts/run';
import { assigns } from '../experiment/sharedLoad.ts';
import { levelOf, percent, plural } from '../format.ts';
import { comparedVariants } from './pairs.ts';
import { alphaAt, firstLook } from './sequential.ts';
import { steppedTrim } from './yuen.ts';

/** The method in words: unit, order, test, level. Everything that somebody else needs to do it again. */
export function wordMethod(file: PlanFile, blocks: number): string {
  return [unit(file), order(file), test(blocks), looks(file, blocks), others(file)].join(' ');
}

function unit(file: PlanFile): string {
  const { plan } = file;
  const { baseline, candidate } = comparedVariants(file);
  const start = (baseline.url ?? candidate.url) ? '' : 'a restart, ';
  return `One round is ${start}${plan.warmupSeconds} s of warm-up and a window of ${plan.windowSeconds} s; requests are no replicates, rounds are.`;
}

function order({ mode, seed, experiment }: PlanFile): string {
  if (mode === 'fine') {
    return assigns(experiment.load)
      ? `In a block both variants are alive and every request goes to one of them at random (seed ${seed}).`
      : 'In a block both variants are alive and each gets half of the load, from a k6 of its own.';
  }
  return `In a block the variants take turns, in random order and then in its reverse (seed ${seed}).`;
}

function test(blocks: number): string {
  const trim = steppedTrim(blocks);
  const name = trim === 0 ? "Student's t" : `a t trimmed by ${plural(trim, 'value')} on each side`;
  return `The datum is ln(candidate / baseline) of a block, tested with ${name} over ${plural(blocks, 'block')}; error rates with Newcombe's interval.`;
}

function looks({ plan }: PlanFile, blocks: number): string {
  const level = levelOf(1 - alphaAt(blocks, plan.blocks));
  const { min, max } = plan.blocks;
  if (max <= firstLook) return `One test at the end, at ${level}.`;
  const first = Math.min(Math.max(min, firstLook), max);
  if (first === max) return `One test after ${max} blocks, at ${level}.`;
  return `A look after every block from ${first} to ${max}, false alarms over all of them 5 %; hence intervals of ${level}.`;
}

function others({ experiment }: PlanFile): string {
  return `The primary metric (${experiment.primary}) ends the run; the others need Holm's correction beside it. Equivalent: two one-sided tests inside ±${percent(experiment.margin)}.`;
}
