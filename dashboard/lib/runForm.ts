import type { NewRun } from '@dyno/contracts/actions';
import type { Plan } from '@dyno/contracts/experiment';
import type { ListedExperiment, ListedPlan } from '@dyno/contracts/experimentList';
import { durationOf } from '@dyno/lab/duration';
import { detectable, duration } from '@dyno/lab/format';

/** What the fields of the form of a new run hold; numbers as they are typed. */
export interface RunForm {
  experiment: string;
  candidate: string;
  plan: string;
  mode: Plan['mode'];
  /** Empty for the experiment's own load. */
  scenario: string;
  blocksMin: string;
  blocksMax: string;
  warmup: string;
  window: string;
  vus: string;
  rate: string;
}

/** The fields as an experiment's plan fills them, with what was asked for on top. */
export function formOf(experiment: ListedExperiment, asked: Partial<NewRun> = {}): RunForm {
  const { name, plan } = planOf(experiment, asked.plan ?? '');
  const { load, key, candidates } = experiment;
  const blocks = asked.blocks ?? plan.blocks;
  const rate = asked.ratePerSecond ?? load.ratePerSecond;
  return {
    experiment: key,
    candidate: asked.candidate ?? candidates[0]?.name ?? '',
    plan: name,
    mode: asked.mode ?? plan.mode,
    scenario: asked.scenario ?? '',
    blocksMin: String(blocks.min),
    blocksMax: String(blocks.max),
    warmup: String(asked.warmupSeconds ?? plan.warmupSeconds),
    window: String(asked.windowSeconds ?? plan.windowSeconds),
    vus: String(asked.vus ?? load.vus),
    rate: rate === null ? '' : String(rate),
  };
}

/** What is asked for: only what differs from the experiment and its plan, so that the command stays short. */
export function requestOf(form: RunForm, experiment: ListedExperiment): NewRun {
  const { name, plan } = planOf(experiment, form.plan);
  const { load, candidates, plans } = experiment;
  const blocks = { min: Number(form.blocksMin), max: Number(form.blocksMax) };
  return {
    experiment: experiment.key,
    ...(form.candidate === candidates[0]?.name ? {} : { candidate: form.candidate }),
    ...(name === plans[0]?.name ? {} : { plan: name }),
    ...(form.mode === plan.mode ? {} : { mode: form.mode }),
    ...(blocks.min === plan.blocks.min && blocks.max === plan.blocks.max ? {} : { blocks }),
    ...(Number(form.warmup) === plan.warmupSeconds ? {} : { warmupSeconds: Number(form.warmup) }),
    ...(Number(form.window) === plan.windowSeconds ? {} : { windowSeconds: Number(form.window) }),
    ...(Number(form.vus) === load.vus ? {} : { vus: Number(form.vus) }),
    ...(form.rate === '' || Number(form.rate) === load.ratePerSecond
      ? {}
      : { ratePerSecond: Number(form.rate) }),
    ...(form.scenario === '' ? {} : { scenario: form.scenario }),
  };
}

/** How long it takes at least and at most, in words; the mode is open where a pilot chooses it. */
export function durationWords(form: RunForm, experiment: ListedExperiment): string {
  const { plan } = planOf(experiment, form.plan);
  const changed: Plan = {
    ...plan,
    blocks: { min: Number(form.blocksMin), max: Number(form.blocksMax) },
    warmupSeconds: Number(form.warmup),
    windowSeconds: Number(form.window),
    mode: form.mode,
  };
  const isolated = durationOf(changed, 'isolated');
  const fine = durationOf(changed, 'fine');
  const least = form.mode === 'fine' || (form.mode === 'auto' && canBeFine(experiment)) ? fine : isolated;
  const most = form.mode === 'fine' ? fine : isolated;
  const [from, to] = [duration(least.leastSeconds), duration(most.mostSeconds)];
  return from === to ? from : `${from} to ${to}`;
}

/** What such a run could see, from a calibration with these very settings; null where nobody has measured that. */
export function sightWords(
  form: RunForm,
  experiment: ListedExperiment,
): { effect: string; detail: string } | null {
  const { plan, sensitivity } = planOf(experiment, form.plan);
  const { warmupSeconds, windowSeconds, vus, ratePerSecond, scenario } = requestOf(form, experiment);
  const changed = [warmupSeconds, windowSeconds, vus, ratePerSecond, scenario];
  if (changed.some((one) => one !== undefined) || plan.windowSeconds <= 0) return null;
  const modes =
    form.mode === 'auto' ? (canBeFine(experiment) ? ['fine', 'isolated'] : ['isolated']) : [form.mode];
  const seen = sensitivity.find(({ mode }) => modes.includes(mode));
  const at = (blocks: string) => seen?.detectable.find((one) => one.blocks === Number(blocks))?.effect;
  const [few, many] = [at(form.blocksMin), at(form.blocksMax)];
  if (!seen || few === undefined || many === undefined) return null;
  return {
    effect: few === many ? detectable(few) : `${detectable(few)} to ${detectable(many)}`,
    detail: `in four of five runs, with ${form.blocksMin} to ${form.blocksMax} blocks in ${seen.mode} mode; as ${seen.variant} was calibrated on ${seen.calibratedAt.slice(0, 10)}`,
  };
}

export const canBeFine = ({ isolatedBecause }: ListedExperiment): boolean => isolatedBecause === null;

export function planOf({ plans }: ListedExperiment, name: string): ListedPlan {
  const [first] = plans;
  const found = plans.find((plan) => plan.name === name) ?? first;
  if (!found) throw new Error('An experiment has a plan: its schema says so.');
  return found;
}
