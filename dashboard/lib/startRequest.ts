import type { NewProfile, NewRun } from '@dyno/contracts/actions';
import type { ExperimentList, ListedExperiment } from '@dyno/contracts/experimentList';

/** Something that was asked for and is not there; its message names the way out. */
export class UnknownChoice extends Error {
  override readonly name = 'UnknownChoice';
}

/**
 * The arguments of the command line that do what a page asks: names are looked up in the list, never passed on, and each value
 * stands behind its own `--name=`, so that none can be read as another option.
 */
export function runArguments(wanted: NewRun, list: ExperimentList): string[] {
  const experiment = experimentOf(wanted.experiment, list);
  const { candidate, plan, blocks, scenario } = wanted;
  if (candidate !== undefined)
    assertOneOf(candidate, experiment.candidates.map(nameOf), `candidate of ${experiment.key}`);
  if (plan !== undefined) assertOneOf(plan, experiment.plans.map(nameOf), `plan of ${experiment.key}`);
  if (scenario !== undefined) assertOneOf(scenario, list.scenarios, 'scenario');
  return [
    'run',
    experiment.file,
    ...option('candidate', candidate),
    ...option('plan', plan),
    ...option('mode', wanted.mode),
    ...option('blocks', blocks && (blocks.min === blocks.max ? blocks.min : `${blocks.min}-${blocks.max}`)),
    ...option('warmup', wanted.warmupSeconds),
    ...option('duration', wanted.windowSeconds),
    ...option('vus', wanted.vus),
    ...option('rate', wanted.ratePerSecond),
    ...option('primary', wanted.primary),
    ...option('script', scenario),
    ...(wanted.wait ? ['--wait'] : []),
  ];
}

/** What the session is of, and the arguments that make it. */
export function profileArguments(
  wanted: NewProfile,
  list: ExperimentList,
): { experiment: ListedExperiment; args: string[] } {
  const experiment = experimentOf(wanted.experiment, list);
  const variants = [experiment.baseline, ...experiment.candidates].map(nameOf);
  assertOneOf(wanted.variant, variants, `variant of ${experiment.key}`);
  const args = [
    'profile',
    experiment.file,
    ...option('variant', wanted.variant),
    ...option('duration', wanted.durationSeconds),
    ...option('vus', wanted.vus),
    ...(wanted.wait ? ['--wait'] : []),
  ];
  return { experiment, args };
}

/** As one would type it; nothing that the list or the schema lets through needs quoting, and what did would be quoted. */
export function commandText(args: readonly string[]): string {
  const words = args.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return ['npx dyno', ...words].join(' ');
}

function experimentOf(key: string, { experiments }: ExperimentList): ListedExperiment {
  const found = experiments.find((one) => one.key === key);
  if (found) return found;
  const known = experiments.map((one) => one.key).join(', ');
  throw new UnknownChoice(`There is no experiment "${key}" in experiments/: choose from ${known}.`);
}

function assertOneOf(value: string, known: readonly string[], what: string): void {
  if (known.includes(value)) return;
  throw new UnknownChoice(`There is no ${what} called "${value}": choose from ${known.join(', ')}.`);
}

const nameOf = ({ name }: { name: string }): string => name;

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}
