import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Experiment } from '@dyno/contracts/experiment';
import { preparationTag } from '@dyno/contracts/run';
import { findChromium } from '../stack/findChromium.ts';
import type { Child, Processes } from './processes.ts';
import { inspectScript, loadArguments, replacesOwn, type Script, scriptEnvironment } from './script.ts';

/** A variant that is alive, and where it answers. */
export interface Target {
  variant: string;
  baseUrl: string;
}

export interface K6Spec {
  /** The k6 program. */
  k6: string;
  /** Absolute path. */
  scenario: string;
  /** One: its address is all that the script learns. Several: the script draws one for each request and tags it. */
  targets: readonly [Target, ...Target[]];
  /** Seed of that draw. */
  drawSeed: number;
  /** Of a load without a script of its own. */
  requests?: Experiment['load']['requests'];
  vus: number;
  /** Null is the closed model. */
  ratePerSecond: number | null;
  /** `vus` and `ratePerSecond` count although the script has options of its own. */
  replacesOptions?: boolean | undefined;
  /** Which part of the load is made, where several k6 share it. */
  part?: { index: number; of: number };
  durationSeconds: number;
  /** The script may end after that. */
  neededSeconds: number;
  traceSampling: number;
  csvFile: string;
  logFile: string;
}

/** What the columns of the samples say about a request, whatever the scenario's own options are. */
const systemTags = ['status', 'check', 'error_code'];
/** They tell which request a check belongs to, and cost k6 a tenth of its CPU. */
const checkTags = ['vu', 'iter'];

/** The script of a load: its own, or the one that draws its requests. */
export function scenarioOf(project: string, { scenario }: Experiment['load']): string {
  return resolve(project, scenario ?? 'k6/scenarios/requests.ts');
}

/** k6's exit code when it was told to stop. */
export const exitStopped = 105;

/** The load generator: a k6 process and the samples that it writes. */
export async function startK6(processes: Processes, spec: K6Spec): Promise<{ child: Child; tail: CsvTail }> {
  // Of a go that was killed: its samples would be taken for the first of this one.
  await removeSamples(spec.csvFile);
  const env = environmentOf(spec);
  const script = await inspectScript({ k6: spec.k6, file: spec.scenario, env }, AbortSignal.timeout(60_000));
  const args = await argumentsOf({ ...spec, replacesOptions: replacesOwn(script, spec) }, script);
  const browser = script.needsBrowser ? await browserFor(spec) : null;
  const child = await processes.start({
    what: 'k6',
    command: spec.k6,
    args,
    cwd: '/',
    ...(browser === null ? {} : { folder: browser.folder }),
    env: { ...env, ...browser?.env },
    logFile: spec.logFile,
    // Ending takes it a while: Chromium, the script's teardown, a slow disk. What is killed has not written its last samples.
    graceMs: 20_000,
  });
  return { child, tail: new CsvTail(spec.csvFile) };
}

/** Where k6 says whether the script's thresholds were crossed; only scripts with thresholds leave one. */
export function summaryFile(csvFile: string): string {
  return `${csvFile}.summary.json`;
}

/** Everything that k6 has written or read for one start. */
export async function removeSamples(csvFile: string): Promise<void> {
  for (const file of [csvFile, summaryFile(csvFile), configFile(csvFile)]) await rm(file, { force: true });
}

function configFile(csvFile: string): string {
  return `${csvFile}.config.json`;
}

async function argumentsOf(spec: K6Spec, script: Script): Promise<string[]> {
  const { replacesOptions, neededSeconds } = spec;
  // A script without a load of its own gets one for as long as k6 is wanted; one with its own need not last that long.
  const seconds = script.hasOwnLoad && !replacesOptions ? neededSeconds : spec.durationSeconds;
  return [
    'run',
    '--quiet',
    '--no-color',
    ...(script.hasThresholds
      ? ['--summary-mode=compact', `--summary-export=${summaryFile(spec.csvFile)}`]
      : ['--summary-mode=disabled']),
    `--system-tags=${tagsOf(spec, script).join(',')}`,
    `--out=csv=${spec.csvFile}`,
    ...(await loadArguments(script, loadOf(spec), {
      neededSeconds: seconds,
      configFile: configFile(spec.csvFile),
    })),
    ...partArguments(spec, script),
    spec.scenario,
  ];
}

function tagsOf({ requests }: K6Spec, { mayCheck, thresholdTags }: Script): string[] {
  const forChecks = mayCheck && requests === undefined ? checkTags : [];
  return [...new Set([...systemTags, ...forChecks, ...thresholdTags])];
}

/** For a script without a load of its own; what its options make of VUS and RATE is divided by k6. */
function loadOf({ vus, ratePerSecond, replacesOptions, part = { index: 0, of: 1 } }: K6Spec) {
  return {
    vus: Math.max(1, Math.round(vus / part.of)),
    ...(ratePerSecond === null ? {} : { ratePerSecond: ratePerSecond / part.of }),
    replacesOptions,
  };
}

/** k6 divides any load by itself. */
function partArguments({ part, replacesOptions }: K6Spec, { hasOwnLoad, maxVus }: Script): string[] {
  if (!part || !hasOwnLoad || replacesOptions || maxVus < part.of) return [];
  const ends = Array.from({ length: part.of + 1 }, (_, index) => `${index}/${part.of}`);
  return [
    `--execution-segment=${ends[part.index]}:${ends[part.index + 1]}`,
    `--execution-segment-sequence=${ends.join(',')}`,
  ];
}

function environmentOf(spec: K6Spec): NodeJS.ProcessEnv {
  return {
    ...scriptEnvironment(),
    // Nothing is fetched and nobody is told.
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
    K6_NO_USAGE_REPORT: 'true',
    K6_CSV_TIME_FORMAT: 'unix_micro',
    // How late the lab learns of the first request; the warm-up counts from there.
    K6_CSV_SAVE_INTERVAL: '250ms',
    // Memory for CPU: collecting garbage a third as often pays for writing the samples (npm run bench:ingest).
    GOGC: process.env.GOGC ?? '300',
    BASE_URL: spec.targets[0].baseUrl,
    // A certificate that a service has made for itself; nothing else is asked by HTTPS.
    ...(spec.targets.some(({ baseUrl }) => baseUrl.startsWith('https:'))
      ? { K6_INSECURE_SKIP_TLS_VERIFY: 'true' }
      : {}),
    TARGETS: spec.targets.length > 1 ? JSON.stringify(spec.targets) : '',
    DRAW_SEED: String(spec.drawSeed),
    REQUESTS: spec.requests ? JSON.stringify(spec.requests) : '',
    VUS: String(spec.vus),
    ...(spec.ratePerSecond === null ? {} : { RATE: String(spec.ratePerSecond) }),
    DURATION_SECONDS: String(spec.durationSeconds),
    TRACE_SAMPLING: String(spec.traceSampling),
  };
}

/** Where k6's browser module finds Chromium, unless the user has told it, and a folder for the profiles that it leaves behind when it is stopped. */
async function browserFor({ scenario }: K6Spec): Promise<{ env: NodeJS.ProcessEnv; folder: string } | null> {
  const { K6_BROWSER_EXECUTABLE_PATH: own, K6_BROWSER_WS_URL: running, K6_BROWSER_ARGS: args } = process.env;
  if (running) return null;
  const program = own || (await findChromium(`${basename(scenario)} loads pages in Chromium`));
  // A short name, because a path to a socket holds 108 characters.
  const folder = await mkdtemp(join(tmpdir(), 'dyno-chromium-'));
  return {
    folder,
    env: {
      TMPDIR: folder,
      K6_BROWSER_EXECUTABLE_PATH: program,
      // Chromium has no sandbox for root.
      ...(process.getuid?.() === 0
        ? { K6_BROWSER_ARGS: [args, 'no-sandbox'].filter(Boolean).join(',') }
        : {}),
    },
  };
}

export interface SeenRequest {
  /** End of the request, ms since the epoch. */
  timeMs: number;
  durationMs: number;
}

/** Most of the file that is read at once: at 10,000 requests/s k6 writes more, and reading all of it would disturb the measurement. */
const readBytes = 1024 * 1024;
const columnsWanted = ['http_req_duration,', 'browser_http_req_duration,'];

/** Follows the samples while k6 writes them, for the eyes only: the measurement reads the whole file afterwards. */
export class CsvTail {
  readonly #path: string;
  #file: FileHandle | null = null;
  #position = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Requests since the last call. When there were too many to read, `share` is the part of them that was read. */
  async read(): Promise<{ requests: SeenRequest[]; share: number }> {
    if (!this.#file) {
      if (!existsSync(this.#path)) return { requests: [], share: 1 };
      this.#file = await open(this.#path, 'r');
    }
    const { size } = await this.#file.stat();
    const added = size - this.#position;
    if (added <= 0) return { requests: [], share: 1 };
    const length = Math.min(added, readBytes);
    if (length < added) this.#rest = '';
    const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(length), 0, length, size - length);
    this.#position = size;
    const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
    this.#rest = lines.pop() ?? '';
    return { requests: lines.flatMap(requestOf), share: length / added };
  }

  /** Polls until k6 has written its first request; its caller watches whether k6 is still alive. */
  async firstRequest(signal: AbortSignal): Promise<SeenRequest> {
    for (;;) {
      const [first] = (await this.read()).requests;
      if (first) return first;
      await pause(20, undefined, { signal });
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}

/** `http_req_duration,<microseconds>,<ms>,...` */
function requestOf(line: string): SeenRequest[] {
  if (!columnsWanted.some((name) => line.startsWith(name)) || line.includes(preparationTag)) return [];
  const [, time, duration] = line.split(',', 3);
  return [{ timeMs: Number(time) / 1000, durationMs: Number(duration) }];
}
