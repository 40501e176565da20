import type { AblationMetric, SwitchWorth } from '@dyno/contracts/ablation';
import type { AblationPlan } from '@dyno/contracts/ablationPlan';
import type { Guard } from '@dyno/contracts/report';
import type { PlanFile } from '@dyno/contracts/run';
import { beforeAfter, change, changeInterval, levelOf, plural } from '../format.ts';

/** Less than that of a worth left, and the other switch hides it; less than the second, and it takes a part. */
const hidden = 0.25;
const taken = 0.75;

/** "indexes: −71 % CPU per request [−73 % to −69 %]; redis-cache hides it when both are on." */
export function wordSwitch(
  { name, worth, verdict, alone, together }: Omit<SwitchWorth, 'sentence'>,
  title: string,
  relations: readonly { other: string; without: number; with: number }[],
): string {
  const figures = `${change(worth.estimate)} ${title} [${changeInterval(worth.low, worth.high)}]`;
  const corners = `alone ${change(alone.estimate)}, on top of all others ${change(together.estimate)}`;
  const others = relations.flatMap((relation) => wordRelation(relation) ?? []);
  return `${[`${name}: ${verdictWords[verdict]}${figures}`, corners, ...others].join('; ')}.`;
}

const verdictWords = {
  improved: '',
  regressed: 'hurts, ',
  equivalent: 'makes no difference that matters, ',
  inconclusive: 'no certain change, ',
} as const;

function wordRelation({
  other,
  without,
  with: beside,
}: {
  other: string;
  without: number;
  with: number;
}): string | null {
  // Worth nothing by itself: there is nothing to hide.
  if (Math.abs(without) < Math.log1p(0.03)) return `with ${other} on ${change(Math.exp(beside))}`;
  const left = beside / without;
  if (left < -hidden) return `${other} turns it round when both are on`;
  if (left < hidden) return `${other} hides it when both are on`;
  if (left < taken) return `${other} takes part of it when both are on`;
  return left > 1 / taken ? `worth more when ${other} is on, too` : null;
}

/** "indexes and redis-cache: indexes is ÷3.1 CPU per request without redis-cache and −4 % with it." */
export function wordInteraction(
  { pair: [first, second], aliases }: Pick<AblationMetric['interactions'][number], 'pair' | 'aliases'>,
  worth: { without: number; with: number },
  title: string,
): string {
  const doubt =
    aliases.length === 0
      ? ''
      : ` The design cannot tell it from ${aliases.map((names) => names.join(' and ')).join(', or ')}.`;
  return `${first} and ${second}: ${first} is ${change(worth.without)} ${title} without ${second} and ${change(worth.with)} with it.${doubt}`;
}

/** How the product of the worths stands to what was measured with everything on. */
export function wordMetric({
  product,
  whole,
  remainder,
  agrees,
}: Pick<AblationMetric, 'product' | 'whole' | 'remainder' | 'agrees'>): string {
  const figures = `${change(product.estimate)} [${changeInterval(product.low, product.high)}]`;
  const measured = `${change(whole.estimate)} [${changeInterval(whole.low, whole.high)}]`;
  return agrees
    ? `The worths make ${figures} together, everything on measured beside everything off ${measured}: they agree.`
    : `The worths make ${figures} together, everything on measured beside everything off ${measured}: the rest, ${change(remainder.estimate)} [${changeInterval(remainder.low, remainder.high)}], is what three switches and more do together.`;
}

/** The answer, of the first metric. */
export function wordAblation(metrics: readonly AblationMetric[], guards: readonly Guard[]): string {
  const failed = guards.find(({ status }) => status === 'fail');
  if (failed) return `Does not count: ${failed.detail}`;
  const [first] = metrics;
  if (!first) return 'Nothing was measured that could be taken apart.';
  const { title, unit, baseline, optimized, whole, switches } = first;
  const best = switches.filter(({ verdict }) => verdict === 'improved').slice(0, 3);
  const worst = switches.filter(({ verdict }) => verdict === 'regressed').toReversed();
  const list = (ones: typeof switches) =>
    ones.map(({ name, worth }) => `${name} ${change(worth.estimate)}`).join(', ');
  return [
    `${plural(switches.length, 'switch').replace('switchs', 'switches')} together: ${title} ${beforeAfter(baseline, optimized, unit)}, ${change(whole.estimate)} (${levelOf(whole.level)} interval ${changeInterval(whole.low, whole.high)}).`,
    best.length === 0
      ? 'None of them is worth anything for certain.'
      : `Worth most, averaged over the others on and off: ${list(best)}.`,
    ...(worst.length === 0 ? [] : [`What hurts: ${list(worst)}.`]),
  ].join(' ');
}

/** Everything that somebody else needs to do it again. */
export function wordAblationMethod(plan: PlanFile, { factors, replicates, confirmed }: AblationPlan): string {
  const { warmupSeconds, windowSeconds } = plan.plan;
  return [
    `A round is a restart with some switches on, ${warmupSeconds} s of warm-up and a window of ${windowSeconds} s.`,
    `The folded 12-run Hadamard design (24 combinations of ${factors.length} switches), ${replicates} times in random order (seed ${plan.seed}); each combination and its mirror image are one block, so that a drifting machine meets both alike.`,
    'What a switch is worth is its effect on the logarithm, averaged over the others on and off, with a 95 % interval from what replicates of a block differ by, or from what columns without a switch show where that is more; Holm over all switches.',
    'Alone, on top of all others and as a whole it is measured directly, in blocks with nothing, everything, it alone and everything but it.',
    confirmed && confirmed.length > 0
      ? `${confirmed.join(', ')}: confirmed in blocks of everything against everything but each.`
      : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
