import { type Report, reportSchema } from '@dyno/contracts/report';
import {
  type EnvironmentFile,
  type EvidenceFile,
  environmentFileSchema,
  evidenceFileSchema,
  type PlanFile,
  type Progress,
  planFileSchema,
  progressFileSchema,
  type Round,
  roundSchema,
  schemaVersion,
  type TimelineFile,
  timelineFileSchema,
} from '@dyno/contracts/run';
import type { z } from 'zod';
import { isAlive } from './alive.ts';
import type { LiveWord } from './liveWord.ts';
import { openRunFile, RunFileError, readRunFile, runIds } from './runFiles.ts';
import { parseTrace, type Trace } from './trace.ts';

/** A file that should be readable and is not, in words. */
export interface Problem {
  file: string;
  message: string;
}

/**
 * Where a run stands. `crashed`: its files say running, its process is gone. `incomplete`: it ended without a report and did not
 * say why. `unreadable`: not even the plan can be read.
 */
export type RunState =
  | 'running'
  | 'finished'
  | 'interrupted'
  | 'crashed'
  | 'failed'
  | 'incomplete'
  | 'unreadable';

export interface Run {
  id: string;
  state: RunState;
  progress: Progress | null;
  plan: PlanFile | null;
  environment: EnvironmentFile | null;
  report: Report | null;
  rounds: Round[];
  timeline: TimelineFile | null;
  evidence: EvidenceFile | null;
  /** Files that can be opened or downloaded, in the order in which they are shown. */
  files: string[];
  problems: Problem[];
}

export type RunSummary = Pick<Run, 'id' | 'state' | 'progress' | 'report' | 'problems'> & {
  /** From the report, else from the plan; null when neither can be read. */
  title: string | null;
  experiment: string | null;
  variants: { baseline: string; candidate: string } | null;
  createdAt: string | null;
};

const mebibyte = 1024 * 1024;
/** More than any of these files needs; a hostile or broken folder must not fill the memory. */
const caps = { small: 4 * mebibyte, rounds: 16 * mebibyte, timeline: 64 * mebibyte, trace: 16 * mebibyte };

/** Newest first; the page shows at most `limit` of them, from `offset`. */
export async function listRuns(
  offset: number,
  limit: number,
): Promise<{ running: RunSummary[]; runs: RunSummary[]; total: number }> {
  const all = await Promise.all((await runIds()).map(summaryOf));
  const known = all.filter((run) => run.state !== 'unreadable' || run.problems.length > 0);
  known.sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '') || b.id.localeCompare(a.id));
  const running = known.filter((run) => run.state === 'running');
  const rest = known.filter((run) => run.state !== 'running');
  return { running, runs: rest.slice(offset, offset + limit), total: rest.length };
}

/** Everything one page shows; null when there is no such run. */
export async function readRun(id: string): Promise<Run | null> {
  if (!(await runIds()).includes(id)) return null;
  const problems: Problem[] = [];
  const [progress, plan, environment, report, rounds, timeline, evidence] = await Promise.all([
    json(id, 'progress.json', progressFileSchema, caps.small, problems),
    json(id, 'plan.json', planFileSchema, caps.small, problems),
    json(id, 'environment.json', environmentFileSchema, caps.small, problems),
    json(id, 'report.json', reportSchema, caps.small, problems),
    readRounds(id, problems),
    json(id, 'timeline.json', timelineFileSchema, caps.timeline, problems),
    json(id, 'evidence.json', evidenceFileSchema, caps.small, problems),
  ]);
  const state = await stateOf(progress, plan, report, problems);
  const files = await presentFiles(id, evidence);
  return { id, state, progress, plan, environment, report, rounds, timeline, evidence, files, problems };
}

/** The spans of one kept trace, or why they cannot be read; null when there is no such file. */
export async function readTrace(
  id: string,
  name: string,
): Promise<{
  file: string;
  trace: Trace | null;
  problem: string;
  about: EvidenceFile['traces'][number] | null;
  run: RunSummary;
} | null> {
  const file = `traces/${name}.json`;
  const found = await readRunFile(id, file, caps.trace)
    .then((text) => ({ trace: parseTrace(text), problem: '' }))
    .catch((error) => {
      if (error instanceof RunFileError && error.kind !== 'too-large') return null;
      return {
        trace: null,
        problem: error instanceof RunFileError ? error.message : 'is not a trace in OTLP JSON',
      };
    });
  if (!found) return null;
  const evidence = await json(id, 'evidence.json', evidenceFileSchema, caps.small, []);
  const about = evidence?.traces.find((trace) => trace.file === file) ?? null;
  return { file, ...found, about, run: await summaryOf(id) };
}

/** What the live strip says; null when nothing was written yet. Read every second, so it reads two small files only. */
export async function readLive(id: string): Promise<LiveWord | null> {
  const progress = await json(id, 'progress.json', progressFileSchema, caps.small, []);
  if (!progress) return null;
  const [report, rounds] = await Promise.all([
    json(id, 'report.json', reportSchema, caps.small, []),
    readRunFile(id, 'rounds.ndjson', caps.rounds).catch(() => ''),
  ]);
  return liveWord(progress, await stateOf(progress, null, report, []), lines(rounds).length);
}

export function liveWord(progress: Progress, state: RunState, rounds: number): LiveWord {
  const { stage, block, blocksMax, variant, requestsPerSecond, latencyMsP95, secondsLeft, message } =
    progress;
  const page = `${state} ${rounds} ${state === 'running' && laterStages.includes(stage) ? stage : ''}`;
  return {
    stage,
    block,
    blocksMax,
    variant,
    requestsPerSecond,
    latencyMsP95,
    secondsLeft,
    message,
    state,
    rounds,
    page,
  };
}

/** Stages after the measured rounds, each of which may have written something to show. */
const laterStages: Progress['stage'][] = ['statistics', 'trace', 'profile', 'report', 'done'];

async function summaryOf(id: string): Promise<RunSummary> {
  const problems: Problem[] = [];
  const [progress, report] = await Promise.all([
    json(id, 'progress.json', progressFileSchema, caps.small, problems),
    json(id, 'report.json', reportSchema, caps.small, problems),
  ]);
  const plan = report === null ? await json(id, 'plan.json', planFileSchema, caps.small, problems) : null;
  const state = await stateOf(progress, plan, report, problems);
  const experiment = plan?.experiment;
  return {
    id,
    state,
    progress,
    report,
    problems,
    title: report?.title ?? experiment?.title ?? null,
    experiment: report?.experiment ?? experiment?.name ?? null,
    variants: report
      ? { baseline: report.baseline.name, candidate: report.candidate.name }
      : experiment
        ? { baseline: experiment.baseline.name, candidate: experiment.candidates[0]?.name ?? '' }
        : null,
    createdAt: report?.createdAt ?? plan?.createdAt ?? progress?.updatedAt ?? null,
  };
}

async function stateOf(
  progress: Progress | null,
  plan: PlanFile | null,
  report: Report | null,
  problems: Problem[],
): Promise<RunState> {
  if (progress?.state === 'running') return (await isAlive(progress)) ? 'running' : 'crashed';
  if (progress?.state === 'interrupted' || progress?.state === 'failed') return progress.state;
  if (report) return 'finished';
  if (problems.some((problem) => problem.file === 'report.json')) return 'unreadable';
  if (plan || progress) return 'incomplete';
  if (problems.length === 0)
    problems.push({ file: 'plan.json', message: 'does not exist: this folder is not a run' });
  return 'unreadable';
}

const parsed = new Map<string, { version: string; value: unknown; problem: Problem | null }>();
/** Enough for a list of a thousand runs; the oldest entries leave first. */
const parsedMax = 4000;

/** One JSON file of a run; null when it is absent, or damaged (then `problems` says so). */
async function json<T>(
  id: string,
  file: string,
  schema: z.ZodType<T>,
  maxBytes: number,
  problems: Problem[],
): Promise<T | null> {
  try {
    const { handle, bytes, version } = await openRunFile(id, file, maxBytes);
    try {
      const key = `${id}/${file}`;
      const known = parsed.get(key);
      if (known?.version === version) {
        if (known.problem) problems.push(known.problem);
        return known.value as T | null;
      }
      const buffer = Buffer.alloc(bytes);
      await handle.read(buffer, 0, bytes, 0);
      const { value, problem } = parse(file, buffer.toString('utf8'), schema);
      parsed.delete(key);
      parsed.set(key, { version, value, problem });
      for (const oldest of parsed.keys()) {
        if (parsed.size <= parsedMax) break;
        parsed.delete(oldest);
      }
      if (problem) problems.push(problem);
      return value;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    if (error.kind !== 'absent') problems.push({ file, message: error.message });
    return null;
  }
}

function parse<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
): { value: T | null; problem: Problem | null } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { value: null, problem: { file, message: 'is not whole JSON: it was cut off or damaged' } };
  }
  const written =
    typeof content === 'object' && content !== null ? Reflect.get(content, 'schemaVersion') : null;
  if (typeof written === 'number' && written !== schemaVersion)
    return {
      value: null,
      problem: {
        file,
        message:
          written < schemaVersion
            ? 'was made by an older version: dyno report --remake cannot read it; measure again, or open it with that version'
            : `was made by a newer version of Dyno (schema ${written}, this one reads ${schemaVersion}): open it with that version`,
      },
    };
  const result = schema.safeParse(content);
  if (result.success) return { value: result.data, problem: null };
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  const more = result.error.issues.length - 1;
  const message = `${where ? `${where}: ` : ''}${issue?.message ?? 'invalid'}${more > 0 ? `, and ${more} more` : ''}`;
  return { value: null, problem: { file, message } };
}

/** A torn last line is the round under way when the machine went down; a bad line before it is damage. */
async function readRounds(id: string, problems: Problem[]): Promise<Round[]> {
  const file = 'rounds.ndjson';
  let text: string;
  try {
    text = await readRunFile(id, file, caps.rounds);
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    if (error.kind !== 'absent') problems.push({ file, message: error.message });
    return [];
  }
  const rounds: Round[] = [];
  for (const [index, line] of lines(text).entries()) {
    const { value, problem } = parse(file, line, roundSchema);
    if (problem) problems.push({ file, message: `line ${index + 1} ${problem.message}` });
    else if (value) rounds.push(value);
  }
  return rounds;
}

/** What follows the last line end is not whole. */
const lines = (text: string): string[] => text.split('\n').slice(0, -1);

async function presentFiles(id: string, evidence: EvidenceFile | null): Promise<string[]> {
  const candidates = [
    'report.md',
    'report.json',
    'plan.json',
    'environment.json',
    'rounds.ndjson',
    'metrics.json',
    'timeline.json',
    'evidence.json',
    ...(evidence?.profiles.flatMap((profile) => [profile.flamegraph, profile.folded]) ?? []),
    ...(evidence?.traces.map((trace) => trace.file) ?? []),
  ];
  const present = await Promise.all(
    candidates.map(async (file) => {
      const opened = await openRunFile(id, file, Number.MAX_SAFE_INTEGER).catch(() => null);
      await opened?.handle.close();
      return opened ? file : null;
    }),
  );
  return present.filter((file) => file !== null);
}
