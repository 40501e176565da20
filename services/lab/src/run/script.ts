import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Experiment } from '@dyno/contracts/experiment';
import { z } from 'zod';
import { DynoError } from '../errors.ts';

type Load = Experiment['load'];

/** What a k6 script says about itself before it runs. */
export interface Script {
  file: string;
  /** It sets users, durations, stages or scenarios; k6's default is one iteration. */
  hasOwnLoad: boolean;
  /** Its options are made of `VUS` or `RATE` of the environment: nothing of them needs to be replaced. */
  reads: { vus: boolean; rate: boolean };
  /** How long its own options make it run. */
  seconds: number;
  maxVus: number;
  hasThresholds: boolean;
  /** A scenario of its own loads pages with k6's browser module. */
  needsBrowser: boolean;
  /** It calls check(), or a file that it imports may. */
  mayCheck: boolean;
  /** k6's own tags that its thresholds select by: they must stay on, or the thresholds would look at nothing and pass. */
  thresholdTags: string[];
}

/** Executes the script's init code, as k6 does before a test: what is wrong there is said before anything else starts. */
export async function inspectScript(
  { k6, file, env }: { k6: string; file: string; env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Script> {
  const options = optionsSchema.parse(JSON.parse(await inspect(k6, file, env, signal)));
  const text = await readFile(file, 'utf8');
  const scenarios = Object.entries(options.scenarios);
  return {
    file,
    hasOwnLoad: !scenarios.every(([name, scenario]) => isDefault(name, scenario)),
    seconds: Math.max(0, ...scenarios.map(([, scenario]) => secondsOf(scenario))),
    maxVus: options.maxVUs,
    reads: readsOf(text),
    mayCheck: mayCheck(text),
    needsBrowser: scenarios.some(([, { options }]) => options?.browser !== undefined),
    hasThresholds: Object.keys(options.thresholds ?? {}).length > 0,
    thresholdTags: [...new Set(Object.keys(options.thresholds ?? {}).flatMap(tagsOf))].sort(),
  };
}

/**
 * How the script gets its load. One with options of its own keeps them, unless the user has replaced them; one without
 * gets the experiment's users or rate. Answers k6's arguments; what does not fit into arguments is written to `configFile`.
 */
export async function loadArguments(
  script: Script,
  load: Pick<Load, 'vus' | 'ratePerSecond' | 'replacesOptions'>,
  { neededSeconds, configFile }: { neededSeconds: number; configFile: string },
): Promise<string[]> {
  if (!script.hasOwnLoad) {
    await writeFile(configFile, JSON.stringify({ scenarios: { load: scenarioOf(load, neededSeconds) } }));
    return ['--config', configFile];
  }
  if (load.replacesOptions) {
    if (load.ratePerSecond !== undefined) {
      throw new DynoError(
        `${script.file} has options of its own, and a rate cannot replace them: leave out --rate, or the scenarios of the script.`,
      );
    }
    if (script.needsBrowser) {
      throw new DynoError(
        `${script.file} says in its scenario that it needs a browser, and --vus would replace that: leave it out, or let the script take its users from VUS.`,
      );
    }
    return ['--vus', String(load.vus), '--duration', `${neededSeconds}s`];
  }
  assertLongEnough(script, neededSeconds);
  return [];
}

/** Whether the load takes the place of the script's own options. One that reads it from its environment follows it anyway. */
export function replacesOwn(
  { reads }: Pick<Script, 'reads'>,
  { replacesOptions, ratePerSecond }: { replacesOptions?: boolean | undefined; ratePerSecond: number | null },
): boolean {
  return replacesOptions === true && !(ratePerSecond === null ? reads.vus : reads.rate);
}

/** The lab ends k6 behind the window; a script that ends before it leaves nothing to measure. */
export function assertLongEnough(script: Script, neededSeconds: number): void {
  if (!script.hasOwnLoad || script.seconds >= neededSeconds) return;
  throw new DynoError(
    `${script.file} runs for ${round(script.seconds)} s by its own options, and a round needs ${round(neededSeconds)} s: shorten --warmup and --duration, lengthen the script, or replace its options with --vus.`,
  );
}

/** k6 reads its options from there too; these would change the load behind the back of plan and script. */
const loadVariables = ['K6_VUS', 'K6_DURATION', 'K6_ITERATIONS', 'K6_STAGES', 'K6_OUT', 'K6_PAUSED', 'RATE'];

/** Scripts read tokens and the like from the environment; nothing of the lab's own. */
export function scriptEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(DYNO_|NODE_|npm_|OTEL_)/.test(name) && !loadVariables.includes(name),
    ),
  );
}

/** From `--summary-export`, which k6 writes also when it is told to stop (unlike its exit code 99). Null where there is none. */
export async function crossedThresholds(summaryFile: string): Promise<string[] | null> {
  if (!existsSync(summaryFile)) return null;
  const { metrics } = summarySchema.parse(JSON.parse(await readFile(summaryFile, 'utf8')));
  return Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds)
      .filter(([, crossed]) => crossed)
      .map(([threshold]) => `${metric}: ${threshold}`),
  );
}

/** k6 logs one error a line; the first one says what went wrong, and a script that throws in every iteration repeats it. */
export function messageOf(log: string): string | null {
  const [, text] = /\blevel=error msg=("(?:[^"\\]|\\.)*")/.exec(log) ?? [];
  if (text === undefined) return null;
  // Go quotes as JSON does, but for a few control characters.
  const plain = text
    .slice(1, -1)
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '  ')
    .replace(/\\(["\\])/g, '$1');
  return stripVTControlCharacters(plain)
    .replace(/[^\P{Cc}\n]/gu, '')
    .trim();
}

const scenarioSchema = z.looseObject({
  executor: z.string(),
  startTime: z.string().nullish(),
  duration: z.string().nullish(),
  maxDuration: z.string().nullish(),
  stages: z.array(z.looseObject({ duration: z.string() })).nullish(),
  vus: z.number().nullish(),
  iterations: z.number().nullish(),
  options: z.looseObject({ browser: z.unknown() }).nullish(),
});
type Scenario = z.infer<typeof scenarioSchema>;

const optionsSchema = z.looseObject({
  scenarios: z.record(z.string(), scenarioSchema),
  thresholds: z.record(z.string(), z.unknown()).nullish(),
  maxVUs: z.number(),
});

/** In k6's summary `true` means crossed. */
const summarySchema = z.looseObject({
  metrics: z.record(z.string(), z.looseObject({ thresholds: z.record(z.string(), z.boolean()).optional() })),
});

async function inspect(
  k6: string,
  file: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  try {
    const args = ['inspect', '--include-system-env-vars', '--execution-requirements', file];
    const limits = { env, signal, timeout: 30_000, maxBuffer: 8 * 2 ** 20 };
    return (await promisify(execFile)(k6, args, limits)).stdout;
  } catch (error) {
    signal.throwIfAborted();
    const log = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    const why = messageOf(log) ?? (log.trim() || String(error));
    throw new DynoError(`k6 cannot run ${file}: ${why}`, exitCodes.usage, { cause: error });
  }
}

/** By name, or with k6/lib/load.ts. */
function readsOf(text: string): Script['reads'] {
  const both = /\bfrom\s*['"][^'"]*lib\/load(?:\.[jt]s)?['"]/.test(text);
  return { vus: both || /\bVUS\b/.test(text), rate: both || /\bRATE\b/.test(text) };
}

/**
 * Whether the script, or a file that it imports, uses k6's browser module; also before k6 can be asked. A page in a browser
 * takes what CPU it gets, so that two variants at once are not compared.
 */
export async function loadsPages(file: string, seen = new Set<string>()): Promise<boolean> {
  if (seen.has(file)) return false;
  seen.add(file);
  // One that is missing is k6's to name.
  const imports = importsOf(await readFile(file, 'utf8').catch(() => ''));
  if (imports.includes('k6/browser')) return true;
  for (const name of imports.filter((one) => /^[./]/.test(one))) {
    if (await loadsPages(resolve(dirname(file), name), seen)) return true;
  }
  return false;
}

function mayCheck(text: string): boolean {
  return /\bcheck\b/.test(text) || importsOf(text).some((name) => !/^k6(?:\/|$)/.test(name));
}

function importsOf(text: string): string[] {
  // Types alone are gone before anything runs.
  const running = text.replace(/\b(?:import|export)\s+type\s+(?!from\b)[^;'"]*\bfrom\s*['"][^'"]*['"]/g, '');
  const imports = running.matchAll(/(?:\bfrom|\bimport\s*\(?|\brequire\s*\()\s*['"]([^'"]+)['"]/g);
  return [...imports].flatMap(([, name]) => name ?? []);
}

/** What k6 makes of a script that says nothing. */
function isDefault(name: string, { executor, vus, iterations }: Scenario): boolean {
  return (
    name === 'default' &&
    executor === 'per-vu-iterations' &&
    (vus ?? null) === null &&
    (iterations ?? null) === null
  );
}

function secondsOf({ startTime, duration, maxDuration, stages }: Scenario): number {
  const length = stages
    ? stages.reduce((sum, stage) => sum + goSeconds(stage.duration), 0)
    : goSeconds(duration ?? maxDuration ?? '10m');
  return goSeconds(startTime ?? '0s') + length;
}

/** Go's notation: 1h2m3.5s, 500ms. */
function goSeconds(text: string): number {
  const seconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, µs: 1e-6, ns: 1e-9 };
  const parts = [...text.matchAll(/([\d.]+)(ms|us|µs|ns|h|m|s)/g)];
  return parts.reduce((sum, [, value, unit = 's']) => sum + Number(value) * (seconds[unit] ?? 0), 0);
}

/** `http_req_duration{name:x,status:200}` selects by name and status. */
function tagsOf(metric: string): string[] {
  const [, selection = ''] = /\{(.*)\}/.exec(metric) ?? [];
  return selection
    .split(',')
    .map((part) => part.split(':')[0]?.trim() ?? '')
    .filter((tag) => k6Tags.includes(tag));
}

const k6Tags = [
  ...['proto', 'subproto', 'status', 'method', 'url', 'name', 'group', 'check', 'error', 'error_code'],
  ...['tls_version', 'scenario', 'service', 'expected_response', 'ip'],
];

function scenarioOf({ vus, ratePerSecond }: Pick<Load, 'vus' | 'ratePerSecond'>, seconds: number) {
  // Iterations under way at the end are cut off: they lie behind the measured window.
  const common = { duration: `${seconds}s`, gracefulStop: '0s' };
  if (ratePerSecond === undefined) return { executor: 'constant-vus', vus, ...common };
  // k6 takes whole rates only: 2.5 a second is 2500 in a thousand seconds.
  const rate = Number.isInteger(ratePerSecond)
    ? { rate: ratePerSecond, timeUnit: '1s' }
    : { rate: Math.max(1, Math.round(ratePerSecond * 1000)), timeUnit: '1000s' };
  return { executor: 'constant-arrival-rate', ...rate, ...common, preAllocatedVUs: vus, maxVUs: vus };
}

function round(seconds: number): string {
  return String(Math.round(seconds * 10) / 10);
}
