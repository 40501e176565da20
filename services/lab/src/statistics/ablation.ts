import type { Ablation, AblationMetric, AblationRatio, SwitchWorth } from '@dyno/contracts/ablation';
import type { AblationPlan } from '@dyno/contracts/ablationPlan';
import { type MetricName, metricCatalogue, type Verdict } from '@dyno/contracts/metrics';
import type { Guard } from '@dyno/contracts/report';
import {
  type EnvironmentFile,
  type PlanFile,
  type ResponsesFile,
  type Round,
  type RoundMetrics,
  schemaVersion,
} from '@dyno/contracts/run';
import { ablationOf, allOff, allOn, butOf, onlyOf, rowName } from '../experiment/ablationPlan.ts';
import { countingRounds } from '../experiment/plan.ts';
import {
  type Relation,
  wordAblation,
  wordAblationMethod,
  wordInteraction,
  wordMetric,
  wordSwitch,
} from './ablationWords.ts';
import {
  type Attribution,
  attribute,
  contrastOf,
  differenceOf,
  type Effect,
  effectOf,
  type Replicate,
  spreadOf,
} from './attribution.ts';
import { fail, listRounds, pass, warn } from './guard.ts';
import { answersAlike } from './guardsOfAnswers.ts';
import { generator, loadDelivered } from './guardsOfLoad.ts';
import { designPairs, designRows } from './hadamard.ts';

/** Every file that it is made from. */
export interface AblationFiles {
  plan: PlanFile;
  metrics: RoundMetrics;
  rounds: readonly Round[];
  responses: ResponsesFile | null;
  environment: EnvironmentFile;
}

/** Those that are taken apart, in the order in which they are shown; of a service whose CPU is not known the latencies. */
const explained: readonly MetricName[] = ['cpu.perRequest', 'latency.mean', 'latency.p95'];

/** What each switch is worth; the same files always give the same answer. */
export function analyseAblation(files: AblationFiles): Ablation {
  const { plan, rounds, environment } = files;
  const ablation = ablationOf(plan);
  const counting = countingRounds(plan, rounds);
  const values = valuesOf(files);
  const metrics = explained.flatMap((name) => metricOf(name, values.get(name) ?? null, ablation, plan) ?? []);
  const guards = guardsOf(files, counting);
  const { fingerprint, cpuModel, cores, kernel, versions, git } = environment;
  return {
    schemaVersion,
    runId: plan.runId,
    experiment: plan.experiment.name,
    title: plan.experiment.title,
    createdAt: plan.createdAt,
    sentence: wordAblation(metrics, guards, ablation.factors),
    valid: guards.every(({ status }) => status !== 'fail'),
    method: wordAblationMethod(plan, ablation, counting),
    planName: plan.planName,
    seed: plan.seed,
    replicates: ablation.replicates,
    rounds: counting.length,
    seconds: secondsOf(counting),
    factors: ablation.factors,
    inside: ablation.inside ?? null,
    metrics,
    guards,
    notes: notesOf(rounds, metrics),
    environment: { fingerprint, cpuModel, cores, kernel, versions, git },
  };
}

/** The factors by what they are worth so far, the largest change first; before anything is confirmed. */
export function rankedFactors({ plan, metrics }: Pick<AblationFiles, 'plan' | 'metrics'>): string[] {
  const ablation = ablationOf(plan);
  const values = valuesOf({ plan, metrics });
  const seen = explained.map((name) => values.get(name)).find((one) => one !== undefined);
  if (!seen) return [];
  const { effects } = attribute(designOf(seen, ablation));
  return ablation.factors
    .map(({ name }, index) => ({ name, size: Math.abs(effects[index]?.estimate ?? 0) }))
    .sort((a, b) => b.size - a.size)
    .map(({ name }) => name);
}

/** ln of a metric: by block, then by variant. */
type LogValues = Map<number, Map<string, number>>;

/** A metric that some round lacks cannot be taken apart. */
function valuesOf({ metrics }: Pick<AblationFiles, 'plan' | 'metrics'>): Map<MetricName, LogValues> {
  const found = new Map<MetricName, LogValues>();
  for (const name of explained) {
    const blocks: LogValues = new Map();
    for (const { block, variant, values } of metrics.rounds) {
      const value = values[name] ?? 0;
      if (!(value > 0)) continue;
      const ofBlock = blocks.get(block) ?? new Map<string, number>();
      blocks.set(block, ofBlock.set(variant, Math.log(value)));
    }
    const counted = [...blocks.values()].reduce((sum, ofBlock) => sum + ofBlock.size, 0);
    if (counted === metrics.rounds.length) found.set(name, blocks);
  }
  return found;
}

/** The rows of the design, replicate by replicate. */
function designOf(values: LogValues, { blocks, replicates, columns }: AblationPlan): Replicate[] {
  const rows = Array.from({ length: replicates }, () => new Array<number>(designRows).fill(Number.NaN));
  for (const [index, block] of blocks.entries()) {
    if (block.kind !== 'design') continue;
    const ofBlock = values.get(index + 1);
    for (const row of [block.row, block.row + designPairs]) {
      const ofReplicate = rows[block.replicate - 1];
      if (ofReplicate) ofReplicate[row] = ofBlock?.get(rowName(block.replicate, row)) ?? Number.NaN;
    }
  }
  return rows.map((ofReplicate, index) => ({ columns: columns[index] ?? [], rows: ofReplicate }));
}

function metricOf(
  name: MetricName,
  values: LogValues | null,
  ablation: AblationPlan,
  { experiment }: PlanFile,
): AblationMetric | null {
  if (!values) return null;
  const { factors, confirmed } = ablation;
  const { title, unit } = metricCatalogue[name];
  const attribution = attribute(designOf(values, ablation));
  // Nothing and everything are in the block of each factor's corners: how far they scatter is known best.
  const noise = spreadOf(logRatiosOf(values, allOff, allOn));
  const between = (from: string, to: string) => contrastOf(logRatiosOf(values, from, to), noise);
  const whole = between(allOff, allOn);
  const remainder = differenceOf(attribution.sum, whole);
  const worths = factors.map((factor, index): SwitchWorth => {
    const effect = attribution.effects[index];
    if (!effect) throw new Error(`the design has no column for ${factor.name}`);
    const alone = between(allOff, onlyOf(factor.name));
    const together = between(butOf(factor.name), allOn);
    const worth = {
      name: factor.name,
      worth: ratioOf(effect),
      p: effect.p,
      adjustedP: effect.adjustedP,
      verdict: verdictOf(effect, experiment.margin),
      alone: ratioOf(alone),
      together: ratioOf(together),
      interaction: ratioOf(differenceOf(alone, together)),
      confirmed: confirmed?.includes(factor.name) ?? false,
    };
    return { ...worth, sentence: wordSwitch(worth, title, relationsOf(index, attribution, factors)) };
  });
  const result = {
    name,
    title,
    unit,
    baseline: middleOf(values, allOff),
    optimized: middleOf(values, allOn),
    switches: worths.toSorted((a, b) => a.worth.estimate - b.worth.estimate),
    interactions: interactionsOf(attribution, factors, title),
    product: ratioOf(attribution.sum),
    whole: ratioOf(whole),
    remainder: ratioOf(remainder),
    agrees: remainder.low <= 0 && remainder.high >= 0,
  };
  return { ...result, sentence: wordMetric(result) };
}

function relationsOf(
  index: number,
  { interactions, effects }: Attribution,
  factors: AblationPlan['factors'],
): Relation[] {
  return interactions.flatMap(({ pair, estimate }) => {
    if (!pair.includes(index)) return [];
    const other = factors[pair[0] === index ? pair[1] : pair[0]];
    const effect = effects[index]?.estimate ?? 0;
    return other ? [{ other: other.name, without: effect - estimate / 2, with: effect + estimate / 2 }] : [];
  });
}

function interactionsOf(
  { interactions, effects }: Attribution,
  factors: AblationPlan['factors'],
  title: string,
): AblationMetric['interactions'] {
  const named = ([a, b]: readonly [number, number]): [string, string] => [
    factors[a]?.name ?? '',
    factors[b]?.name ?? '',
  ];
  return interactions.map(({ pair, estimate, p, aliases }) => {
    const one = { pair: named(pair), ratio: Math.exp(estimate), p, aliases: aliases.map(named) };
    const effect = effects[pair[0]]?.estimate ?? 0;
    const worth = { without: Math.exp(effect - estimate / 2), with: Math.exp(effect + estimate / 2) };
    return { ...one, sentence: wordInteraction(one, worth, title) };
  });
}

/** One value per block that holds both. */
function logRatiosOf(values: LogValues, from: string, to: string): number[] {
  return [...values.values()].flatMap((ofBlock) => {
    const [before, after] = [ofBlock.get(from), ofBlock.get(to)];
    return before === undefined || after === undefined ? [] : [after - before];
  });
}

function middleOf(values: LogValues, variant: string): number {
  const logs = [...values.values()].flatMap((ofBlock) => ofBlock.get(variant) ?? []);
  return Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length);
}

function ratioOf({ estimate, low, high, level }: Effect): AblationRatio {
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), level };
}

/** Less is better in all of these metrics. */
function verdictOf(effect: Attribution['effects'][number], margin: number): Verdict {
  if (effect.adjustedP < 0.05) return effect.estimate < 0 ? 'improved' : 'regressed';
  // Two one-sided tests at 5 %.
  const { low, high } = effectOf(effect.estimate, effect, 0.9);
  return low > -Math.log1p(margin) && high < Math.log1p(margin) ? 'equivalent' : 'inconclusive';
}

/** More of a combination's requests failing than that, and it does not do the same work. */
const failedShareMax = 0.01;

function guardsOf({ plan, responses }: AblationFiles, rounds: readonly Round[]): Guard[] {
  const counted = {
    plan,
    rounds,
    responses,
    blocks: [],
    calibration: null,
    observer: null,
    telemetryDropped: null,
  };
  return [
    everythingAnswers(plan, rounds),
    answersAlike(counted),
    ...redisEmptied(rounds),
    loadDelivered(counted),
    generator(counted),
  ];
}

/** None where nobody emptied it: a service without Redis, or an ablation of a Dyno that did not say. */
function redisEmptied(rounds: readonly Round[]): Guard[] {
  const said = rounds.filter((round) => round.redisEmptied !== undefined);
  const kept = said.filter((round) => !round.redisEmptied);
  const name = 'every round begins without answers in Redis';
  if (kept.length === 0)
    return said.length === rounds.length ? [pass(name, 'Redis was emptied before every round.')] : [];
  return [
    warn(
      name,
      `${listRounds(kept)}: Redis was not emptied before, so that a combination with a cache may have begun with answers of the one before.`,
      'The command said why when it happened: its user of Redis must be allowed SCAN, UNLINK, SET and PUBLISH.',
    ),
  ];
}

function everythingAnswers(plan: PlanFile, rounds: readonly Round[]): Guard {
  const name = 'every combination answers';
  const worst = rounds
    .map((round) => ({ ...round, share: round.load.failed / Math.max(1, round.load.requests) }))
    .sort((a, b) => b.share - a.share)[0];
  const failed = rounds.reduce((sum, { load }) => sum + load.failed, 0);
  if (!worst || failed === 0) return pass(name, 'No request failed in any round.');
  const title = plan.experiment.candidates.find((one) => one.name === worst.variant)?.title ?? '';
  const detail = `${(worst.share * 100).toFixed(1)} % of the requests of round ${worst.round} failed, with ${title || 'nothing'} on.`;
  const advice = "Look at the service's log of that round: what fails is not worth comparing.";
  return worst.share > failedShareMax ? fail(name, detail, advice) : warn(name, detail, advice);
}

function notesOf(rounds: readonly Round[], metrics: readonly AblationMetric[]): string[] {
  const excluded = rounds.filter((round) => round.excluded);
  return [
    ...metrics.flatMap(({ title, agrees, sentence }) => (agrees ? [] : [`${title}: ${sentence}`])),
    ...excluded.map(
      ({ round, variant, excluded: cause }) =>
        `Round ${round} (${variant}) does not count, ${cause?.cause}: ${cause?.detail}`,
    ),
  ];
}

function secondsOf(rounds: readonly Round[]): number {
  return rounds.reduce(
    (sum, { startedAt, window }) => sum + (window.endMs - Date.parse(startedAt)) / 1000,
    0,
  );
}
