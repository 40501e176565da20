import { exitCodes } from '@dyno/contracts/exitCodes';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  dashboardCommand,
  doctorCommand,
  downCommand,
  profileCommand,
  reportCommand,
  runCommand,
  startCommand,
  statusCommand,
  upCommand,
} from './commands.ts';
import { DynoError } from './errors.ts';
import { Invocation } from './invocation.ts';
import { readSettings } from './settings.ts';

/** The one place that prints errors and decides the exit code. */
async function main(args: string[]): Promise<void> {
  const invocation = new Invocation();
  try {
    await program(invocation).parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = tell(error, invocation);
  }
  try {
    await invocation.close();
  } catch (error) {
    process.exitCode = tell(error, invocation);
  }
}

function tell(error: unknown, invocation: Invocation): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage;
  if (invocation.signal.aborted && !(error instanceof DynoError)) {
    process.stderr.write('Stopped.\n');
    return exitCodes.interrupted;
  }
  if (error instanceof DynoError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const wayOut = error instanceof Error && 'code' in error ? waysOut[String(error.code)] : undefined;
  if (error instanceof Error && wayOut) {
    process.stderr.write(`${error.message}: ${wayOut} and start again.\n`);
    return exitCodes.usage;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCodes.invalid;
}

/** What the machine refuses is no fault of ours: a sentence, not a stack of calls. */
const waysOut: Record<string, string> = {
  ENOSPC: 'the disk is full, free some space',
  EDQUOT: 'the quota is used up, free some space',
  EROFS: 'the file system is read-only, take another folder (DYNO_HOME, DYNO_RESULTS)',
  EACCES: 'this user has no right to it, change its owner or mode',
};

function program(invocation: Invocation): Command {
  const dyno = new Command('dyno')
    .description('Measures what an optimization does to an HTTP service, with certainty and evidence.')
    .exitOverride()
    .showHelpAfterError('(dyno --help shows how)')
    .hook('preAction', async (_, command) => {
      invocation.begin(readSettings(), command.opts().quiet === true);
      await invocation.sweep();
    });

  const run = dyno
    .command('run')
    .description('measure an experiment and report its verdict')
    .argument('[experiment]', 'path of an experiment file, or its name in experiments/')
    .option('--resume <runId>', 'go on with a run that was stopped; "latest" for the last one')
    .action(async (experiment, options) => runCommand(invocation, experiment, options));
  withPlan(run);
  withOutput(run).addHelpText(
    'after',
    examples([
      'dyno run experiments/products.ts',
      'dyno run products --plan full',
      'dyno run products --blocks 6 --warmup 5 --duration 20 --vus 100',
      'dyno run --resume latest',
    ]),
  );

  const profile = dyno
    .command('profile')
    .description('a flamegraph of one variant under the load of its experiment')
    .argument('<experiment>', 'path of an experiment file, or its name in experiments/')
    .requiredOption('--variant <name>', 'baseline or candidate, by its name')
    .option('--duration <seconds>', 'how long to look', seconds)
    .option('--vus <count>', 'virtual users', count)
    .option('-o, --output <folder>', 'where to put it')
    .option('--wait', 'wait for another measurement on this machine to end')
    .option('-q, --quiet', 'no progress')
    .action(async (experiment, options) => profileCommand(invocation, experiment, options));
  profile.addHelpText('after', examples(['dyno profile products --variant naive --duration 10']));

  const report = dyno
    .command('report')
    .description('print the report of a run')
    .argument('[runId]', 'the last run unless said', 'latest')
    .option('--remake', 'compute everything behind the raw samples again')
    .action(async (runId, options) => reportCommand(invocation, runId, options));
  withOutput(report).addHelpText('after', examples(['dyno report', 'dyno report --json > report.json']));

  dyno
    .command('up')
    .description('start MySQL, Redis, Jaeger and Prometheus, and leave them running')
    .option('-q, --quiet', 'no progress')
    .action(async () => upCommand(invocation))
    .addHelpText('after', examples(['dyno up']));
  dyno
    .command('down')
    .description('stop what "dyno up" has started, and nothing else')
    .action(async () => downCommand(invocation))
    .addHelpText('after', examples(['dyno down']));
  dyno
    .command('status')
    .description('what is running, and which runs were cut off')
    .option('--json', 'as JSON')
    .action(async (options) => statusCommand(invocation, options))
    .addHelpText('after', examples(['dyno status']));
  dyno
    .command('doctor')
    .description('what this machine has and lacks, and the way out')
    .action(async () => doctorCommand(invocation))
    .addHelpText('after', examples(['dyno doctor']));
  dyno
    .command('dashboard')
    .description('show results in the browser until Ctrl-C')
    .option('--no-open', 'only print the address')
    .action(async (options) => dashboardCommand(invocation, options))
    .addHelpText('after', examples(['dyno dashboard --no-open']));

  const start = dyno
    .command('start')
    .description('set everything up, measure the reference shop, open the dashboard (npm start)')
    .option('--full', "the seed's plan: two minutes a window")
    .option(
      '--exit',
      'end after the verdict, with its exit code; also where CI is set or there is no terminal',
    )
    .option('--no-open', 'do not open a browser')
    .action(async (options) => startCommand(invocation, options));
  withPlan(start);
  withOutput(start).addHelpText(
    'after',
    examples(['npm start', 'npm start -- --full', 'npm start -- --exit']),
  );
  return dyno;
}

function withPlan(command: Command): Command {
  return command
    .option('--plan <name>', "one of the experiment's plans, for example quick or full")
    .option('--candidate <name>', 'which candidate; the first one unless said')
    .option('--blocks <count>', 'blocks to measure: 6, or 4-8 to stop as soon as it is certain', blocks)
    .option('--warmup <seconds>', 'before each window', seconds)
    .option('--duration <seconds>', 'of each window', seconds)
    .option('--vus <count>', 'virtual users', count)
    .option('--rate <perSecond>', 'open model: iterations started per second', seconds)
    .option('--seed <number>', 'of the order of variants', whole);
}

function withOutput(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print report.json'))
    .option('-q, --quiet', 'no progress')
    .option('--wait', 'wait for another measurement on this machine to end');
}

function examples(lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function blocks(text: string): { min: number; max: number } {
  const [, min, max] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const range = { min: Number(min), max: Number(max ?? min) };
  if (min === undefined || range.min < 2 || range.max > 20 || range.min > range.max) {
    throw new InvalidArgumentError('Blocks are a number from 2 to 20, or a range such as 4-8.');
  }
  return range;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Not a number of 0 or more.');
  return value;
}

function count(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError('At least 1.');
  return value;
}

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Not a whole number of 0 or more.');
  return Number(text);
}

await main(process.argv.slice(2));
