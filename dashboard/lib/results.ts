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
  type TimelineFile,
  timelineFileSchema,
} from '@dyno/contracts/run';
import { isRun, openRunFile } from './runFiles.ts';
import { caps, type Problem, readJson, readRounds } from './runJson.ts';
import { type RunState, stateOf } from './runState.ts';

export type { RunSummary } from './runIndex.ts';
export type { RunState } from './runState.ts';

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

/** Everything one page shows; null when there is no such run. */
export async function readRun(id: string): Promise<Run | null> {
  if (!(await isRun(id))) return null;
  const problems: Problem[] = [];
  const [progress, plan, environment, report, rounds, timeline, evidence] = await Promise.all([
    readJson(id, 'progress.json', progressFileSchema, caps.small, problems),
    readJson(id, 'plan.json', planFileSchema, caps.small, problems),
    readJson(id, 'environment.json', environmentFileSchema, caps.small, problems),
    readJson(id, 'report.json', reportSchema, caps.small, problems),
    readRounds(id, problems),
    readJson(id, 'timeline.json', timelineFileSchema, caps.timeline, problems),
    readJson(id, 'evidence.json', evidenceFileSchema, caps.small, problems),
  ]);
  const state = await stateOf(progress, plan, report, problems);
  const files = await presentFiles(id, evidence);
  return { id, state, progress, plan, environment, report, rounds, timeline, evidence, files, problems };
}

/** The answer alone; null where there is none that can be read. */
export async function readReport(id: string): Promise<Report | null> {
  return readJson(id, 'report.json', reportSchema, caps.small, []);
}

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
    'responses.json',
    'observer.json',
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
