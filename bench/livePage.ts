/**
 * What it costs the measured machine that somebody watches: one fine run of a service against itself, with the page of the run
 * open in every other block (open, closed, closed, open, ...), so that whatever else disturbs the machine meets both alike.
 *   npm run bench:live-page -- --blocks 24
 * The page is scrolled to its end, so that everything on it is drawn. With the Chromium on PATH, or DYNO_CHROMIUM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  type Progress,
  progressFileSchema,
  type Round,
  type RoundMetrics,
  roundMetricsSchema,
  roundSchema,
} from '@dyno/contracts/run';
import { digits } from '@dyno/lab/format';
import { chromium } from 'playwright-core';
import { countingRounds } from '../services/lab/src/experiment/plan.ts';
import { allProcesses, readUse } from '../services/lab/src/run/proc.ts';
import { Processes } from '../services/lab/src/run/processes.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { startDashboard } from '../services/lab/src/stack/dashboard.ts';
import { install } from '../services/lab/src/stack/install.ts';
import { programs } from '../services/lab/src/stack/parts.ts';
import { searchFolders } from '../services/lab/src/stack/search.ts';
import { logRatioEstimate } from '../services/lab/src/statistics/yuen.ts';

const { values: flags } = parseArgs({
  options: {
    experiment: { type: 'string', default: 'knownCost' },
    candidate: { type: 'string', default: 'plus-0' },
    blocks: { type: 'string', default: '24' },
    rate: { type: 'string' },
  },
});
const isOpenIn = (block: number): boolean => block % 4 === 1 || block % 4 === 0;
const level = 0.95;
const sampleEveryMs = 500;

const settings = readSettings();
const folder = mkdtempSync(join(tmpdir(), 'dyno-live-page-'));
const results = join(folder, 'results');
const processes = await Processes.open({ home: folder, owner: { kind: 'stack' }, reap: true });
try {
  const signal = new AbortController().signal;
  const found = await install(programs.chromium, {
    settings,
    processes,
    tell: () => {},
    signal,
    folders: searchFolders(),
  });
  const dashboard = await startDashboard({ ...settings, home: folder, results }, processes, () => {});
  const browser = await chromium.launchServer({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const watched = {
      dashboard: () => dashboard.child.members(),
      browser: () => family(browser.process().pid),
    };
    const use = watchUse(watched);
    const run = startRun();
    const client = await chromium.connect(browser.wsEndpoint());
    const page = await client.newPage({ viewport: { width: 1280, height: 900 } });
    await follow(run, async (open, runId) => {
      if (!open) return void (await page.goto('about:blank'));
      await page.goto(`${dashboard.url}/runs/${runId}`);
      await page.locator('body').press('End');
    });
    use.stop();
    await client.close();
    await print(use.samples);
  } finally {
    await browser.close();
  }
} finally {
  await processes.stopAll();
  await processes.close();
  rmSync(folder, { recursive: true, force: true });
}

interface Sample {
  timeMs: number;
  /** CPU seconds since the first sample. */
  dashboard: number;
  browser: number;
}

/** Processes come and go; what one has used stays in the sum. */
function watchUse(watched: Record<'dashboard' | 'browser', () => number[]>) {
  const samples: Sample[] = [];
  const sums = { dashboard: 0, browser: 0 };
  const last = new Map<number, number>();
  const timer = setInterval(() => {
    for (const name of ['dashboard', 'browser'] as const) {
      for (const pid of watched[name]()) {
        const cpuSeconds = readUse(pid)?.cpuSeconds;
        if (cpuSeconds === undefined) continue;
        sums[name] += Math.max(0, cpuSeconds - (last.get(pid) ?? cpuSeconds));
        last.set(pid, cpuSeconds);
      }
    }
    samples.push({ timeMs: Date.now(), ...sums });
  }, sampleEveryMs);
  return { samples, stop: () => clearInterval(timer) };
}

/** A process with all its children. */
function family(pid: number | undefined): number[] {
  const all = allProcesses();
  const members = all.filter((one) => one.pid === pid);
  for (const one of members) members.push(...all.filter(({ parentPid }) => parentPid === one.pid));
  return members.map((one) => one.pid);
}

function startRun(): ChildProcess {
  const cli = join(settings.project, 'services/lab/src/cli.ts');
  const { experiment, candidate, blocks, rate } = flags;
  const args = ['run', experiment, '--candidate', candidate, '--mode', 'fine', '--wait', '--quiet'];
  return spawn(
    process.execPath,
    [cli, ...args, '--blocks', `${blocks}-${blocks}`, ...(rate ? ['--rate', rate] : [])],
    {
      cwd: settings.project,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DYNO_RESULTS: results },
    },
  );
}

/** Turns the page over between two blocks, until the run has ended. */
async function follow(run: ChildProcess, turn: (open: boolean, runId: string) => Promise<void>) {
  const ended = once(run, 'exit');
  let isOpen: boolean | null = null;
  while (run.exitCode === null && run.signalCode === null) {
    const progress = readProgress();
    const isBetween = progress?.stage === 'statistics' || (progress?.block ?? 0) === 0;
    const block = (progress?.block ?? 0) + (progress?.stage === 'statistics' ? 1 : 0);
    if (progress && isBetween && isOpen !== isOpenIn(Math.max(1, block))) {
      isOpen = isOpenIn(Math.max(1, block));
      await turn(isOpen, progress.runId);
    }
    await pause(50);
  }
  await ended;
}

function readProgress(): Progress | null {
  try {
    const runId = readlinkSync(join(results, 'latest'));
    const text = readFileSync(join(results, runId, 'progress.json'), 'utf8');
    return progressFileSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function print(samples: readonly Sample[]): Promise<void> {
  const run = await RunFolder.open(results, 'latest');
  const metrics = roundMetricsSchema.parse(await run.read('metrics.json'));
  const rounds = countingRounds(await run.read('plan.json'), await run.rounds()).map((round) =>
    roundSchema.parse(round),
  );
  const blocks = [...Map.groupBy(rounds, ({ block }) => block)].map(([block, own]) =>
    blockOf(block, own, metrics, samples),
  );
  const open = blocks.filter(({ block }) => isOpenIn(block));
  const closed = blocks.filter(({ block }) => !isOpenIn(block));
  const { experiment, candidate } = flags;
  console.log(
    `${experiment}, ${candidate}, fine mode: ${open.length} blocks with the page of the run open, ${closed.length} without; load of a minute at the end ${digits(loadavg()[0] ?? 0)}\n`,
  );
  console.log('| CPU ms per second | page open | page closed |\n|---|---|---|');
  for (const [what, of] of [
    ['dashboard, in windows', (one: Block) => one.dashboard.window],
    ['browser, in windows', (one: Block) => one.browser.window],
    ['dashboard, between windows', (one: Block) => one.dashboard.between],
    ['browser, between windows', (one: Block) => one.browser.between],
    ['whole machine, in windows', (one: Block) => one.busy],
  ] as const)
    console.log(`| ${what} | ${digits(median(open.map(of)))} | ${digits(median(closed.map(of)))} |`);
  console.log(
    `\n| open over closed, neighbouring blocks | ratio | ${level * 100} % interval |\n|---|---|---|`,
  );
  for (const name of ['cpu.perRequest', 'latency.p50', 'latency.mean', 'latency.p95'] as const)
    console.log(ratioRow(name, blocks));
}

interface Block {
  block: number;
  dashboard: Costs;
  browser: Costs;
  busy: number;
  /** Geometric means over the variants. */
  values: Record<string, number>;
}
/** CPU ms per second. */
interface Costs {
  window: number;
  between: number;
}

function blockOf(
  block: number,
  own: readonly Round[],
  metrics: RoundMetrics,
  samples: readonly Sample[],
): Block {
  const [first] = own;
  if (!first) throw new RangeError('a block has rounds');
  const { startMs, endMs } = first.window;
  const costs = (name: 'dashboard' | 'browser'): Costs => ({
    window: perSecond(samples, name, startMs, endMs),
    between: perSecond(samples, name, Date.parse(first.startedAt), startMs),
  });
  const names = Object.keys(metrics.rounds[0]?.values ?? {});
  const ofBlock = metrics.rounds.filter((one) => one.block === block);
  return {
    block,
    dashboard: costs('dashboard'),
    browser: costs('browser'),
    busy: (first.machine.busyCpuSeconds * 1e6) / first.window.durationMs,
    values: Object.fromEntries(
      names.map((name) => [name, Math.exp(mean(ofBlock.map(({ values }) => Math.log(values[name] ?? 0))))]),
    ),
  };
}

function perSecond(
  samples: readonly Sample[],
  name: 'dashboard' | 'browser',
  fromMs: number,
  toMs: number,
): number {
  return ((at(samples, name, toMs) - at(samples, name, fromMs)) * 1e6) / (toMs - fromMs);
}

function at(samples: readonly Sample[], name: 'dashboard' | 'browser', timeMs: number): number {
  const index = samples.findIndex((sample) => sample.timeMs >= timeMs);
  const [before, behind] = [samples[index - 1], samples[index]];
  if (!behind || !before) return (behind ?? samples.at(-1))?.[name] ?? 0;
  const share = (timeMs - before.timeMs) / (behind.timeMs - before.timeMs);
  return before[name] + (behind[name] - before[name]) * share;
}

/** Of blocks 1 and 2, 3 and 4, ...: one with and one without. */
function ratioRow(name: string, blocks: readonly Block[]): string {
  const ratios = blocks.flatMap((one) => {
    const other = blocks.find(({ block }) => block === one.block + 1);
    if (one.block % 2 === 0 || !other) return [];
    const [open, closed] = isOpenIn(one.block) ? [one, other] : [other, one];
    return [Math.log((open.values[name] ?? Number.NaN) / (closed.values[name] ?? Number.NaN))];
  });
  const { estimate, low, high } = logRatioEstimate(ratios, level);
  const percent = (log: number) => `${log < 0 ? '−' : '+'}${digits(Math.abs(Math.expm1(log)) * 100)} %`;
  return `| ${name} | ${percent(estimate)} | ${percent(low)} to ${percent(high)} |`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
