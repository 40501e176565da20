import type { AblationMetric, SwitchWorth } from '@dyno/contracts/ablation';
import type { AblationPlan } from '@dyno/contracts/ablationPlan';
import type { Guard } from '@dyno/contracts/report';
import type { PlanFile, Round } from '@dyno/contracts/run';
import { beforeAfter, change, changeInterval, count, levelOf } from '../format.ts';

/** What another switch does to this one, where the design has flagged the two. */
export interface Relation {
  other: string;
  /** ln(on / off) of this one without and with the other. */
  without: number;
  with: number;
}

/** Less than that of a worth left, and the other switch hides it; less than the second, and it takes a part. */
const hidden = 0.25;
const taken = 0.75;

/** "indexes: −71 % CPU per request [−73 % to −69 %]; redis-cache hides it when both are on." */
export function wordSwitch(
  { name, worth, verdict, alone, together, confirmed }: Omit<SwitchWorth, 'sentence'>,
  title: string,
  relations: readonly Relation[],
): string {
  const figures = `${change(worth.estimate)} ${title} [${changeInterval(worth.low, worth.high)}]`;
  const corners = `alone ${change(alone.estimate)}, on top of all others ${change(together.estimate)}${confirmed ? confirmation(together) : ''}`;
  return `${[`${name}: ${verdictWords[verdict]}${figures}`, corners, ...wordRelations(relations)].join('; ')}.`;
}

/** What the further blocks of everything against everything but this one say. */
function confirmation({ low, high }: SwitchWorth['together']): string {
  const interval = `[${changeInterval(low, high)}]`;
  return low > 1 || high < 1
    ? ` ${interval}, confirmed`
    : ` ${interval}, which further blocks do not make certain`;
}

const verdictWords = {
  improved: '',
  regressed: 'hurts, ',
  equivalent: 'makes no difference that matters, ',
  inconclusive: 'no certain change, ',
} as const;

function wordRelations(relations: readonly Relation[]): string[] {
  const told = relations.flatMap((relation) => kindOf(relation) ?? []);
  return [...Map.groupBy(told, ({ kind }) => kind)].map(([kind, ones]) => {
    const [last = '', ...before] = ones.map(({ other }) => other).toReversed();
    const others = before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
    const verb = ones.length === 1 ? `${kind}s` : kind;
    if (kind === 'add') return `worth more when ${others} ${ones.length === 1 ? 'is' : 'are'} on, too`;
    return `${others} ${verb} ${kind === 'take' ? 'part of it' : kind === 'turn' ? 'it round' : 'it'} when both are on`;
  });
}

/** What of a worth is left beside another switch; null where there is nothing to say, or nothing to hide. */
function kindOf({
  other,
  without,
  with: beside,
}: Relation): { kind: 'turn' | 'hide' | 'take' | 'add'; other: string } | null {
  if (Math.abs(without) < Math.log1p(0.03))
    return Math.abs(beside) < Math.log1p(0.03) ? null : { kind: 'add', other };
  const left = beside / without;
  if (left < -hidden) return { kind: 'turn', other };
  if (left < hidden) return { kind: 'hide', other };
  if (left < taken) return { kind: 'take', other };
  return left > 1 / taken ? { kind: 'add', other } : null;
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
export function wordAblation(
  metrics: readonly AblationMetric[],
  guards: readonly Guard[],
  factors: AblationPlan['factors'],
): string {
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
    `${count(switches.length)} ${factors.some((one) => one.switches.length > 1) ? 'groups' : 'switches'} together: ${title} ${beforeAfter(baseline, optimized, unit)}, ${change(whole.estimate)} (${levelOf(whole.level)} interval ${changeInterval(whole.low, whole.high)}).`,
    best.length === 0
      ? 'None of them is worth anything for certain.'
      : `Worth most, averaged over the others on and off: ${list(best)}.`,
    ...(worst.length === 0 ? [] : [`What hurts: ${list(worst)}.`]),
  ].join(' ');
}

/** Everything that somebody else needs to do it again. */
export function wordAblationMethod(
  plan: PlanFile,
  { factors, replicates, confirmed }: AblationPlan,
  rounds: readonly Round[],
): string {
  const { warmupSeconds, windowSeconds } = plan.plan;
  const empty = rounds.every(({ redisEmptied }) => redisEmptied) ? ' and no answers left in Redis' : '';
  return [
    `A round is a restart with some switches on${empty}, ${warmupSeconds} s of warm-up and a window of ${windowSeconds} s.`,
    `The folded 12-run Hadamard design (24 combinations of ${factors.length} switches), ${replicates} times in random order (seed ${plan.seed}), each time with the switches in other columns; each combination and its mirror image are one block, so that a drifting machine meets both alike.`,
    'What a switch is worth is its effect on the logarithm, averaged over the others on and off, with a 95 % interval from what the effects differ by between replicates and what columns without a switch show, which is noise and what three switches and more do together; Holm over all switches.',
    'Alone, on top of all others and as a whole it is measured directly, in blocks with nothing, everything, it alone and everything but it.',
    confirmed && confirmed.length > 0
      ? `Those that are worth most (${confirmed.join(', ')}) got further blocks of everything against everything but each.`
      : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
