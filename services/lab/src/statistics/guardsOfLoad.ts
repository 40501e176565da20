import type { Guard } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';
import { assigns } from '../experiment/sharedLoad.ts';
import { count, digits, percent, plural } from '../format.ts';
import { type Counted, fail, type OpenWindow, openWindows, pass, warn } from './guard.ts';

/** More than one iteration in a thousand left out, and latency is that of another load. */
const droppedShareMax = 0.001;

export function loadDelivered({ plan, rounds }: Counted): Guard {
  const name = 'load delivered';
  const dropped = ofGenerators({ plan, rounds }).reduce((sum, { load }) => sum + load.droppedIterations, 0);
  const requests = rounds.reduce((sum, { load }) => sum + load.requests, 0);
  if (dropped === 0) return pass(name, 'No iteration was dropped.');
  const rate = plan.experiment.load.ratePerSecond;
  const detail = `${plural(dropped, 'iteration')} could not be started in time${rate ? ` at ${digits(rate)} a second` : ''}, and latency looks better without them.`;
  const advice = 'Lower --rate or raise --vus.';
  return dropped > droppedShareMax * (requests + dropped)
    ? fail(name, detail, advice)
    : warn(name, detail, advice);
}

/** Where one k6 asks both variants of a block, each of their lines says all that it has dropped. */
function ofGenerators({ plan, rounds }: Pick<Counted, 'plan' | 'rounds'>): readonly Round[] {
  if (plan.mode !== 'fine' || !assigns(plan.experiment.load)) return rounds;
  return [...Map.groupBy(rounds, ({ block }) => block).values()].flatMap(([first]) => first ?? []);
}

/** What fails so often is not worth comparing. */
const baselineErrorsMax = 0.01;

export function baselineErrors({ blocks }: Counted): Guard {
  const name = 'baseline answers';
  const rows = blocks.map(({ baseline }) => baseline);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const detail = `${count(failed)} of ${count(requests)} requests failed in the baseline`;
  if (failed < baselineErrorsMax * Math.max(1, requests)) return pass(name, `${detail}.`);
  return fail(
    name,
    `${detail}, ${percent(baselineErrorsMax)} is the most: what fails is not worth comparing.`,
    "Look at the service's log in the run's folder.",
  );
}

/** From this share of the machine on, the generator competes with the service. */
const generatorShareMax = 0.5;
/** With the machine this full as well, it is the generator that is measured. */
const fullFrom = 0.95;
const saturatedShare = 0.8;

export function generator(counted: Counted): Guard {
  const name = 'generator has room';
  const windows = openWindows(counted);
  const shares = windows.map(({ generatorSeconds, coreSeconds }) => generatorSeconds / coreSeconds);
  const most = Math.max(0, ...shares);
  const who = counted.rounds.some(({ vitals }) => vitals) ? 'k6 with its Chromium' : 'k6';
  const detail = `${who} used at most ${percent(most)} of the machine`;
  if (most < generatorShareMax) return pass(name, `${detail}.`);
  const advice = 'Lower --vus or --rate, or run on more cores.';
  if (windows.some(isSaturated)) {
    return fail(
      name,
      `${detail}, and nothing was left: throughput and latency are those of the generator.`,
      advice,
    );
  }
  return warn(name, `${detail} and competes with the service.`, advice);
}

function isSaturated({ generatorSeconds, busySeconds, coreSeconds }: OpenWindow): boolean {
  const share = generatorSeconds / coreSeconds;
  return share >= saturatedShare || (share >= generatorShareMax && busySeconds >= fullFrom * coreSeconds);
}
