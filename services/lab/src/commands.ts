import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Report } from '@dyno/contracts/report';
import type { Progress } from '@dyno/contracts/run';
import { openBrowser } from './browser.ts';
import { DynoError } from './errors.ts';
import type { PlanOptions } from './experiment/plan.ts';
import type { Invocation } from './invocation.ts';
import { reportTerminal } from './report/reportTerminal.ts';
import { RunFolder, type UnfinishedRun, unfinishedRuns } from './run/results.ts';
import type { Edges, RunRequest } from './session.ts';
import { type Stack, stackDown, stackStatus } from './stack/stack.ts';

export interface OutputOptions {
  json?: boolean;
  wait?: boolean;
}

export interface RunOptions extends OutputOptions {
  resume?: string;
  plan?: string;
  candidate?: string;
  blocks?: { min: number; max: number };
  warmup?: number;
  duration?: number;
  vus?: number;
  rate?: number;
  seed?: number;
}

export async function runCommand(
  invocation: Invocation,
  experiment: string | undefined,
  options: RunOptions,
): Promise<void> {
  const request = await requestOf(invocation, experiment, options);
  const report = await measure(invocation, request, options, () => bringUpStack(invocation));
  await printReport(invocation, report, options);
  process.exitCode = report.exitCode;
}

export interface StartOptions extends RunOptions {
  full?: boolean;
  exit?: boolean;
  open: boolean;
}

/** The reference shop's experiment, with the dashboard beside it. */
export async function startCommand(invocation: Invocation, options: StartOptions): Promise<void> {
  const { settings, terminal } = invocation;
  const ends = options.exit || Boolean(process.env.CI) || !process.stdout.isTTY;
  const planName = options.plan ?? (options.full ? 'full' : 'quick');
  const request = await requestOf(invocation, 'experiments/products.ts', { ...options, plan: planName });
  const processes = await invocation.openProcesses({ kind: 'stack' }, true);
  const failed = new AbortController();
  const page = ends
    ? null
    : import('./stack/dashboard.ts').then(({ startDashboard }) =>
        startDashboard(settings, processes, (event) => terminal.stack(event), invocation.signal),
      );
  // Its failure ends the stack's start too, and is told there.
  page?.catch((error) => failed.abort(error));
  const bringUp = async () => {
    const stack = await invocation.bringUpStack(processes, failed.signal);
    // Building the dashboard would disturb the first rounds: they wait for it.
    await page;
    return stack;
  };
  const report = await measure(invocation, request, options, bringUp);
  const url = page && `${(await page).url}/runs/${report.runId}`;
  await printReport(invocation, report, options, url ?? undefined);
  process.exitCode = report.exitCode;
  if (!url) return;
  if (options.open) openBrowser(url);
  terminal.line(`\nThe dashboard is at ${url}\nCtrl-C stops it and everything else that was started.`);
  await invocation.untilInterrupted();
}

export async function dashboardCommand(invocation: Invocation, options: { open: boolean }): Promise<void> {
  const { settings, terminal } = invocation;
  const processes = await invocation.openProcesses({ kind: 'stack' }, true);
  const { startDashboard } = await import('./stack/dashboard.ts');
  const { url, child } = await startDashboard(
    settings,
    processes,
    (event) => terminal.stack(event),
    invocation.signal,
  );
  if (options.open) openBrowser(url);
  process.stdout.write(`${url}\n`);
  await Promise.race([
    invocation.untilInterrupted(),
    child.exited.then(async () => {
      const tail = await child.logTail(20);
      throw new DynoError(
        `The dashboard has ended; its log is ${child.logFile}:\n${tail}`,
        exitCodes.invalid,
      );
    }),
  ]);
}

/** Prints what the files say; with --remake they are made again from the raw samples. */
export async function reportCommand(
  invocation: Invocation,
  runId: string,
  options: OutputOptions & { remake?: boolean },
): Promise<void> {
  const folder = await RunFolder.open(invocation.settings.results, runId);
  const { remakeReport } = await import('./pipeline.ts');
  const remake = options.remake || !folder.has('report.json');
  await printReport(
    invocation,
    remake ? await remakeReport(folder) : await folder.read('report.json'),
    options,
  );
}

export async function profileCommand(
  invocation: Invocation,
  experiment: string,
  options: { variant: string; duration?: number; vus?: number; output?: string; wait?: boolean },
): Promise<void> {
  const { profileAlone } = await import('./profile.ts');
  const profile = await profileAlone(
    {
      experiment,
      variant: options.variant,
      seconds: options.duration,
      vus: options.vus,
      output: options.output ?? null,
      wait: options.wait === true,
    },
    edgesOf(invocation, () => bringUpStack(invocation)),
  );
  process.stdout.write(`${profile.flamegraph}\n${profile.folded}\n`);
}

export async function upCommand(invocation: Invocation): Promise<void> {
  const processes = await invocation.openProcesses({ kind: 'stack' }, false);
  const { kind, k6 } = await invocation.bringUpStack(processes);
  invocation.terminal.line(`The ${kind} stack is up, k6 is ${k6}. "dyno down" stops it.`);
}

export async function downCommand(invocation: Invocation): Promise<void> {
  const lines = await stackDown(invocation.settings);
  process.stdout.write(lines.length === 0 ? 'Nothing was running.\n' : `${lines.join('\n')}\n`);
}

export async function statusCommand(invocation: Invocation, options: { json?: boolean }): Promise<void> {
  const { settings } = invocation;
  const stack = await stackStatus(settings);
  const runs = await unfinishedRuns(settings.results);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ stack, runs }, null, 2)}\n`);
    return;
  }
  const parts = stack.parts.map(
    ({ title, state, version, pid, ports }) =>
      `  ${title.padEnd(12)} ${state.padEnd(8)} ${[version, pid && `pid ${pid}`, `ports ${ports.join(', ')}`].filter(Boolean).join(', ')}`,
  );
  const lines = [
    `stack (${stack.kind})`,
    ...parts,
    ...(runs.length > 0 ? ['runs'] : []),
    ...runs.map(runLine),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function runLine({ progress, state }: UnfinishedRun): string {
  const { runId, block, blocksMax, pid } = progress;
  if (state === 'running') return `  ${runId} is under way, block ${block} of ${blocksMax}, process ${pid}`;
  return `  ${runId} was interrupted in block ${block} of ${blocksMax}: dyno run --resume ${runId}`;
}

export async function doctorCommand(invocation: Invocation): Promise<void> {
  const { doctor } = await import('./stack/doctor.ts');
  const findings = await doctor(invocation.settings);
  const marks = { good: 'ok', doubtful: '?', bad: 'no' };
  for (const { what, state, detail } of findings) {
    process.stdout.write(`${marks[state].padEnd(3)} ${what.padEnd(14)} ${detail}\n`);
  }
  if (findings.some(({ state }) => state === 'bad')) process.exitCode = exitCodes.usage;
}

/** Started for this run alone, and ends with it, even on kill -9; what "dyno up" has started stays. */
async function bringUpStack(invocation: Invocation): Promise<Stack> {
  return invocation.bringUpStack(await invocation.openProcesses({ kind: 'stack' }, true));
}

async function measure(
  invocation: Invocation,
  request: RunRequest,
  options: OutputOptions,
  bringUp: () => Promise<Stack>,
): Promise<Report> {
  const { runExperiment } = await import('./pipeline.ts');
  return runExperiment(request, edgesOf(invocation, bringUp), options.wait === true);
}

function edgesOf(invocation: Invocation, bringUp: () => Promise<Stack>): Edges {
  const { terminal, settings, signal } = invocation;
  let last: Progress | null = null;
  return {
    settings,
    signal,
    bringUpStack: bringUp,
    onProgress(progress) {
      last = progress;
      terminal.progress(progress);
    },
    onRound: (round, plan) => terminal.round(round, plan, last),
    onNote: (line) => terminal.line(`  ${line}`),
  };
}

async function requestOf(
  { settings }: Invocation,
  experiment: string | undefined,
  options: RunOptions,
): Promise<RunRequest> {
  if (options.resume !== undefined) {
    const changes = ['plan', 'candidate', 'blocks', 'warmup', 'duration', 'vus', 'rate', 'seed'] as const;
    const given = changes.filter((name) => options[name] !== undefined).map((name) => `--${name}`);
    if (experiment !== undefined || given.length > 0) {
      const what = [...(experiment ? [experiment] : []), ...given].join(' ');
      throw new DynoError(`A resumed run keeps its plan: leave out ${what}.`);
    }
    const { runId } = await RunFolder.open(settings.results, options.resume);
    return { kind: 'resume', runId };
  }
  if (experiment === undefined)
    throw new DynoError('Which experiment? For example: dyno run experiments/products.ts');
  return { kind: 'new', experiment, options: planOptions(options), seed: options.seed ?? null };
}

function planOptions(options: RunOptions): PlanOptions {
  return {
    planName: options.plan,
    candidate: options.candidate,
    blocks: options.blocks,
    warmupSeconds: options.warmup,
    windowSeconds: options.duration,
    vus: options.vus,
    ratePerSecond: options.rate,
  };
}

async function printReport(
  { settings }: Invocation,
  report: Report,
  { json }: OutputOptions,
  dashboard = 'npx dyno dashboard',
): Promise<void> {
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const links = [
    { title: 'dashboard', url: dashboard },
    ...(await evidenceLinks(await RunFolder.open(settings.results, report.runId))),
    { title: 'files', url: `${settings.results}/${report.runId}` },
  ];
  process.stdout.write(`\n${reportTerminal(report, { color, links })}`);
}

async function evidenceLinks(folder: RunFolder): Promise<{ title: string; url: string }[]> {
  if (!folder.has('evidence.json')) return [];
  const { traces, profiles } = await folder.read('evidence.json');
  return [
    ...profiles.map(({ variant, flamegraph }) => ({
      title: `flamegraph, ${variant}`,
      url: folder.file(flamegraph),
    })),
    ...traces.map(({ variant, kind, file }) => ({
      title: `${kind} trace, ${variant}`,
      url: folder.file(file),
    })),
  ];
}
