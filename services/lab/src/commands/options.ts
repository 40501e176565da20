import { type Plan, thresholdSchema } from '@dyno/contracts/experiment';
import { type MetricName, metricNames } from '@dyno/contracts/metrics';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PlanOptions } from '../experiment/plan.ts';

/** What several commands ask in the same words. */
export interface OutputOptions {
  json?: boolean;
  wait?: boolean;
}

export interface PlanFlags {
  plan?: string;
  candidate?: string;
  blocks?: { min: number; max: number };
  warmup?: number;
  duration?: number;
  vus?: number;
  rate?: number;
  seed?: number;
  mode?: Plan['mode'];
  primary?: MetricName;
  margin?: number;
  threshold?: string[];
  force?: boolean;
}

/** Headings of `dyno --help`, in the order in which they are shown. */
export const helpGroups = {
  measure: 'Measure:',
  read: 'Read and judge:',
  files: 'Files of a run:',
  machine: 'Stack and machine:',
} as const;

export function withPlan(command: Command): Command {
  return withRounds(
    command
      .option('--plan <name>', "one of the experiment's plans, for example quick or full")
      .option('--candidate <name>', 'which candidate; the first one unless said')
      .option(
        '--threshold <rule>',
        "a goal beside the experiment's: p(95)<200, errors<1%, lcp<2500 or p(95)<=+3%; repeatable",
        thresholds,
      ),
  );
}

/** Also where there is no experiment to choose from. */
export function withRounds(command: Command): Command {
  return command
    .option('--blocks <count>', 'blocks to measure: 6, or 4-8 to stop as soon as it is certain', blocks)
    .option('--warmup <seconds>', 'before each window', seconds)
    .option('--duration <seconds>', 'of each window', seconds)
    .option('--vus <count>', 'virtual users', count)
    .option('--rate <perSecond>', 'open model: iterations started per second', seconds)
    .option('--seed <number>', 'of the order of variants', whole)
    .addOption(
      new Option(
        '--mode <mode>',
        'both variants alive, or one at a time; a short pilot chooses unless said',
      ).choices(['auto', 'fine', 'isolated']),
    )
    .addOption(
      new Option('--primary <metric>', 'the metric that ends the run as soon as it is certain').choices(
        metricNames,
      ),
    )
    .option('--margin <percent>', 'differences within it are equivalent; 3 unless said', margin)
    .option('--force', 'also with a threshold tighter than the noise floor');
}

export function planOptions(flags: PlanFlags): PlanOptions {
  return {
    planName: flags.plan,
    candidate: flags.candidate,
    blocks: flags.blocks,
    warmupSeconds: flags.warmup,
    windowSeconds: flags.duration,
    vus: flags.vus,
    ratePerSecond: flags.rate,
    mode: flags.mode,
    primary: flags.primary,
    margin: flags.margin,
    thresholds: flags.threshold,
    force: flags.force,
  };
}

export function withOutput(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print report.json'))
    .option('-q, --quiet', 'no progress')
    .option('--wait', 'wait for another measurement on this machine to end');
}

/** For the commands whose exit code is a verdict. */
export const exitCodesHelp = `
Exit codes:
    0  improved or equivalent, every threshold met
    1  regressed, mixed, or a threshold missed
    2  usage or configuration
    3  inconclusive
    4  invalid: a guard failed, or the run could not be carried out
   99  thresholds of the k6 script itself
  130  interrupted`;

export function examples(lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

export function blocks(text: string): { min: number; max: number } {
  const [, min, max] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const range = { min: Number(min), max: Number(max ?? min) };
  if (min === undefined || range.min < 2 || range.max > 20 || range.min > range.max) {
    throw new InvalidArgumentError('Blocks are a number from 2 to 20, or a range such as 4-8.');
  }
  return range;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Not a number of 0 or more.');
  return value;
}

/** Percent to a fraction. */
function margin(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (text.trim() === '' || !(value > 0 && value <= 50))
    throw new InvalidArgumentError('A percentage above 0 and up to 50, for example 1.');
  return value / 100;
}

export function count(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError('At least 1.');
  return value;
}

export function thresholds(text: string, before: string[] = []): string[] {
  const parsed = thresholdSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? '');
  return [...before, parsed.data];
}

export function several(value: string, before: string[] = []): string[] {
  return [...before, value];
}

export function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Not a whole number of 0 or more.');
  return Number(text);
}
