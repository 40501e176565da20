import { basename, join, relative, resolve } from 'node:path';
import { type Need, needSchema } from '@dyno/contracts/experiment';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DynoError } from '../errors.ts';
import {
  type Comparison,
  defaultTraceSeconds,
  experimentOf,
  pairsOf,
  type Side,
  slugOf,
} from '../experiment/compare.ts';
import { checkExperiment } from '../experiment/load.ts';
import { type LoadFlags, loadOf } from '../experiment/loadOf.ts';
import { readManifest } from '../experiment/manifest.ts';
import type { Invocation } from '../invocation.ts';
import { resolveRef } from '../run/checkouts.ts';
import { withLoad } from './load.ts';
import { measure } from './measure.ts';
import {
  count,
  examples,
  exitCodesHelp,
  helpGroups,
  type OutputOptions,
  type PlanFlags,
  seconds,
  several,
  withOutput,
  withRounds,
} from './options.ts';
import { printReport } from './printReport.ts';

interface CompareFlags
  extends OutputOptions,
    Omit<PlanFlags, 'plan' | 'candidate' | 'vus' | 'rate'>,
    LoadFlags {
  baseline?: string;
  candidate?: string;
  set?: string[];
  baselineSet?: string[];
  env?: string[];
  name?: string;
  cwd?: string;
  install?: string;
  reset?: string;
  onPort?: number;
  ready?: string;
  readyTimeout?: number;
  needs?: Need[];
  telemetry: 'own' | 'inject' | 'none';
  threshold?: string[];
  ignore?: string[];
  trace?: number | boolean;
  profile?: boolean;
}

export function registerCompare(dyno: Command, invocation: Invocation): void {
  const compare = dyno
    .command('compare')
    .helpGroup(helpGroups.measure)
    .description('measure two commands, environments, addresses or git refs of your own service')
    .usage('[options] [<base> [<head>]] [-- <command of the service>]')
    .argument(
      '[refs...]',
      'two git refs; "." is the work tree as it is, and stands in for a missing second one',
    )
    .option('--baseline <command|url>', 'what it is compared with')
    .option('--candidate <command|url>', 'what is to be judged')
    .option('--set <KEY=value>', "the candidate's environment; several", several)
    .option('--baseline-set <KEY=value>', "the baseline's environment; several", several)
    .option('--env <KEY=value>', 'environment of both; several', several)
    .option('--name <name>', 'of the service, in reports and history; from package.json unless said')
    .option('--cwd <folder>', 'where the service is: of a large repository, the folder of this service')
    .option('--install <command>', 'in each checkout; unless said, what its lock file asks for (npm ci)')
    .option(
      '--reset <command>',
      "before each start of the service, in its environment: seeds or resets a round's data",
    )
    .option('--on-port <port>', 'where it listens if it does not take PORT from its environment', port)
    .option(
      '--ready <path|pattern>',
      'ready when /this/path answers, or a line of its output matches this',
      '/',
    )
    .option('--ready-timeout <seconds>', 'how long that may take (30)', seconds)
    .option('--needs <parts>', 'mysql and redis, started for it: MYSQL_URL and REDIS_URL', needs)
    .addOption(
      new Option(
        '--telemetry <kind>',
        'inject: traced by Dyno after the measured rounds; own: it brings OpenTelemetry',
      )
        .choices(['inject', 'own', 'none'])
        .default('inject'),
    )
    .option(
      '--threshold <threshold>',
      'p(95)<200, errors<1%, or against the baseline p(95)<=+3%; several',
      several,
    )
    .option(
      '--ignore <path>',
      'of JSON answers: may differ between both, for example $.time; several',
      several,
    )
    .option('--trace <seconds>', 'length of the trace pass (5)', seconds)
    .option('--no-trace', 'leave out the trace pass')
    .option('--profile', 'with flamegraphs of both')
    .action(async (words: string[], flags: CompareFlags) => compareCommand(invocation, words, flags));
  withLoad(compare);
  withRounds(compare);
  withOutput(compare)
    .addHelpText(
      'after',
      `
A command is taken apart into words as a shell does it, and started without one; with shell syntax in it
(pipes, variables, A=1 before it) it is given to sh -c. The port arrives as PORT.
Unless --url or --script says otherwise, the load is GET / by ten users.
${examples([
  'dyno compare main HEAD -- npm start',
  'dyno compare main . --cwd services/api --url "/items 3" --url /items/7 -- node server.js',
  'dyno compare --set CACHE=on -- npm start',
  'dyno compare --baseline "node old.js" --candidate "node new.js" --url /products',
  'dyno compare --baseline http://127.0.0.1:3000 --candidate http://127.0.0.1:3001 --script load.js',
])}`,
    )
    .addHelpText('after', exitCodesHelp);
}

async function compareCommand(invocation: Invocation, words: string[], flags: CompareFlags): Promise<void> {
  const source = 'dyno compare';
  const comparison = await comparisonOf(words, flags);
  if (isSameCommit(comparison)) {
    invocation.terminal.line(
      `  ${comparison.baseline.text} and ${comparison.candidate.text} are the same commit: it is compared with itself`,
    );
  }
  const experiment = checkExperiment(experimentOf(comparison), source, invocation.settings.project);
  const report = await measure(
    invocation,
    {
      kind: 'new',
      experiment: { file: source, experiment },
      options: {
        blocks: flags.blocks,
        warmupSeconds: flags.warmup,
        windowSeconds: flags.duration,
        primary: flags.primary,
        margin: flags.margin,
        force: flags.force,
      },
      seed: flags.seed ?? null,
    },
    flags,
  );
  await printReport(invocation, report, flags);
  process.exitCode = report.exitCode;
}

function isSameCommit({ baseline, candidate }: Comparison): boolean {
  return baseline.ref !== undefined && baseline.ref.commit === candidate.ref?.commit;
}

async function comparisonOf(words: string[], flags: CompareFlags): Promise<Comparison> {
  const { refs, command: given } = splitAtDashes(words);
  const cwd = resolve(flags.cwd ?? '.');
  const manifest = readManifest(cwd);
  const [baseline, candidate] = refs.length > 0 ? await refSides(refs, cwd, flags) : plainSides(given, flags);
  const needsCommand = baseline.kind === 'same' || baseline.kind === 'ref';
  const guessed = needsCommand && manifest.startScript ? ['npm', 'start'] : [];
  const command = given.length > 0 ? given : guessed;
  if (needsCommand && command.length === 0) {
    throw new DynoError(
      `What starts the service? Say it behind --, for example: ${['dyno compare', ...refs, '... -- node server.js'].join(' ')}`,
    );
  }
  return {
    cwd,
    name: slugOf(flags.name ?? manifest.name ?? basename(cwd)),
    command,
    baseline: { ...baseline, env: pairsOf(flags.baselineSet ?? [], '--baseline-set') },
    candidate: { ...candidate, env: pairsOf(flags.set ?? [], '--set') },
    env: pairsOf(flags.env ?? [], '--env'),
    load: loadOf(flags, process.cwd(), everyPage),
    service: {
      install: flags.install,
      reset: flags.reset,
      port: flags.onPort,
      ready: flags.ready,
      readyTimeoutSeconds: flags.readyTimeout,
      needs: flags.needs ?? [],
      telemetry: flags.telemetry,
    },
    thresholds: flags.threshold ?? [],
    ignore: flags.ignore ?? [],
    mode: flags.mode ?? 'auto',
    passes: { traceSeconds: traceSecondsOf(flags), profile: flags.profile === true },
  };
}

function traceSecondsOf({ trace }: CompareFlags): number {
  if (trace === false) return 0;
  return typeof trace === 'number' ? trace : defaultTraceSeconds;
}

const everyPage = {
  vus: 10,
  assigns: true,
  requests: [{ target: '/', method: 'GET' as const, headers: {}, weight: 1 }],
} satisfies Comparison['load'];

type Pair = [Omit<Side, 'env'>, Omit<Side, 'env'>];

async function refSides(refs: string[], cwd: string, flags: CompareFlags): Promise<Pair> {
  if (flags.baseline !== undefined || flags.candidate !== undefined) {
    throw new DynoError(
      `Either two git refs (${refs.join(' ')}) or --baseline and --candidate; the command of the service goes behind --.`,
    );
  }
  const [base = '', head = '.', ...more] = refs;
  if (more.length > 0) {
    throw new DynoError(
      `More than two git refs: ${refs.join(', ')}. The command of the service goes behind --, for example: dyno compare main HEAD -- npm start`,
    );
  }
  return [await refSide(base, cwd), await refSide(head, cwd)];
}

async function refSide(name: string, cwd: string): Promise<Omit<Side, 'env'>> {
  if (name === '.') return { kind: 'ref', text: 'work tree' };
  // The folder may be there in the ref only.
  const { commit, repository, folder } = await resolveRef(name, process.cwd());
  return {
    kind: 'ref',
    text: name,
    ref: { commit, repository, folder: join(folder, relative(process.cwd(), cwd)) },
  };
}

function plainSides(command: string[], flags: CompareFlags): Pair {
  const { baseline, candidate } = flags;
  if (baseline !== undefined && candidate !== undefined) {
    if (command.length > 0) {
      throw new DynoError(
        `Either --baseline and --candidate or a command behind --: leave out ${command.join(' ')}.`,
      );
    }
    return [sideOf(baseline), sideOf(candidate)];
  }
  if (baseline !== undefined || candidate !== undefined) {
    throw new DynoError('--baseline and --candidate belong together: say both.');
  }
  if ((flags.set ?? []).length === 0 && (flags.baselineSet ?? []).length === 0) {
    throw new DynoError(
      'Nothing to compare: name two git refs, or --baseline and --candidate, or what the candidate gets with --set KEY=value. "dyno compare --help" has examples.',
    );
  }
  const same = { kind: 'same' as const, text: 'as it is' };
  return [same, same];
}

function sideOf(text: string): Omit<Side, 'env'> {
  return { kind: /^https?:\/\//.test(text) ? 'url' : 'command', text };
}

/** Commander drops the `--`; what stands behind it is the command of the service. */
function splitAtDashes(words: string[]): { refs: string[]; command: string[] } {
  const dashes = process.argv.indexOf('--');
  const behind = dashes < 0 ? 0 : process.argv.length - dashes - 1;
  const at = words.length - behind;
  return { refs: words.slice(0, at), command: words.slice(at) };
}

function port(text: string): number {
  const value = count(text);
  if (value > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return value;
}

function needs(text: string): Need[] {
  return text.split(',').map((name) => {
    const need = needSchema.safeParse(name);
    if (need.success) return need.data;
    throw new InvalidArgumentError(
      `"${name}" is none of ${needSchema.options.join(', ')}; several are written with commas.`,
    );
  });
}
