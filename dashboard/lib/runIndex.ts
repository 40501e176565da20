import type { OverallVerdict } from '@dyno/contracts/metrics';
import { type MetricResult, type Report, reportSchema } from '@dyno/contracts/report';
import { type PlanFile, type Progress, planFileSchema, progressFileSchema } from '@dyno/contracts/run';
import { realResultsFolder, runIds, versionOfRunFile } from './runFiles.ts';
import { type Problem, readJsonSync } from './runJson.ts';
import { livingState, type RunState, writtenState } from './runState.ts';

/** What a list says of a run. Of thousands only this is kept: a report is a hundred times as large. */
export interface RunSummary {
  id: string;
  state: RunState;
  progress: Progress | null;
  problems: Problem[];
  /** From the report, else from the plan; null when neither can be read. */
  title: string | null;
  experiment: string | null;
  variants: { baseline: string; candidate: string } | null;
  createdAt: string | null;
  /** Null while there is no report. */
  outcome: Outcome | null;
  /** What a search looks through, in lower case. */
  searched: string;
}

export type Primary = Pick<MetricResult, 'title' | 'ratio' | 'difference' | 'verdict'>;

export interface Outcome {
  verdict: OverallVerdict;
  blocks: number;
  primary: Primary | null;
  /** Commits of git refs that were measured. */
  commits: string[];
  /** Of the machine and the versions: two runs with different ones are not laid side by side lightly. */
  fingerprint: string;
  /** Guards that failed: why an invalid run does not count. */
  failed: string[];
}

const kept = new Map<string, { versions: string; summary: RunSummary }>();
/** A page under way must not wait for a first look at thousands of runs. */
const turnMs = 10;

/**
 * Every run, newest first. A run is read again when one of its files is another one than before (device, inode, size, times), which
 * costs two looks at the file system; everything else comes from memory. Whatever is read passes the checks of runFiles.ts.
 */
export async function runSummaries(): Promise<RunSummary[]> {
  const root = realResultsFolder();
  const ids = root === null ? [] : await runIds();
  const summaries: RunSummary[] = [];
  let turnEnds = performance.now() + turnMs;
  for (const id of ids) {
    if (performance.now() > turnEnds) {
      await new Promise(setImmediate);
      turnEnds = performance.now() + turnMs;
    }
    summaries.push(lookAt(root ?? '', id));
  }
  forget(new Set(ids));
  const living = await Promise.all(summaries.map(withLivingState));
  return living.filter((run) => run.state !== 'unreadable' || run.problems.length > 0).sort(newestFirst);
}

/** One run; null where there is none. */
export async function runSummary(id: string): Promise<RunSummary | null> {
  const root = realResultsFolder();
  return root === null ? null : withLivingState(lookAt(root, id));
}

function lookAt(root: string, id: string): RunSummary {
  // Before they are read: whoever changes one meanwhile makes us read again.
  const versions = versionsOf(root, id);
  const known = kept.get(id);
  if (known?.versions === versions) return known.summary;
  const summary = summaryOf(root, id);
  kept.set(id, { versions, summary });
  return summary;
}

function versionsOf(root: string, id: string): string {
  const report = versionOfRunFile(root, id, 'report.json');
  // A report says all that the plan does.
  const plan = report === '' ? versionOfRunFile(root, id, 'plan.json') : '';
  return `${report} ${versionOfRunFile(root, id, 'progress.json')} ${plan}`;
}

function summaryOf(root: string, id: string): RunSummary {
  const problems: Problem[] = [];
  const progress = readJsonSync(root, id, 'progress.json', progressFileSchema, problems);
  const report = readJsonSync(root, id, 'report.json', reportSchema, problems);
  const plan = report === null ? readJsonSync(root, id, 'plan.json', planFileSchema, problems) : null;
  const head = headOf(report, plan);
  const outcome = report && outcomeOf(report);
  return {
    id,
    state: writtenState(progress, plan, report, problems),
    progress,
    problems,
    ...head,
    createdAt: report?.createdAt ?? plan?.createdAt ?? progress?.updatedAt ?? null,
    outcome,
    searched: searchedOf(id, head, outcome),
  };
}

type Head = Pick<RunSummary, 'title' | 'experiment' | 'variants'>;

function headOf(report: Report | null, plan: PlanFile | null): Head {
  if (report)
    return {
      title: report.title,
      experiment: report.experiment,
      variants: { baseline: report.baseline.name, candidate: report.candidate.name },
    };
  if (!plan) return { title: null, experiment: null, variants: null };
  const { name, title, baseline, candidates } = plan.experiment;
  return {
    title,
    experiment: name,
    variants: { baseline: baseline.name, candidate: candidates[0]?.name ?? '' },
  };
}

function searchedOf(id: string, { title, experiment, variants }: Head, outcome: Outcome | null): string {
  const commits = outcome?.commits ?? [];
  return [id, title, experiment, variants?.baseline, variants?.candidate, ...commits]
    .join('\n')
    .toLowerCase();
}

function outcomeOf(report: Report): Outcome {
  const { verdict, blocks, guards, metrics, baseline, candidate, environment } = report;
  const primary = metrics.find(({ name }) => name === report.primary);
  return {
    verdict,
    blocks,
    primary: primary
      ? {
          title: primary.title,
          ratio: primary.ratio,
          difference: primary.difference,
          verdict: primary.verdict,
        }
      : null,
    commits: [baseline.commit, candidate.commit].filter((commit) => commit !== undefined),
    fingerprint: environment.fingerprint,
    failed: guards.filter(({ status }) => status === 'fail').map(({ name }) => name),
  };
}

async function withLivingState(summary: RunSummary): Promise<RunSummary> {
  if (summary.state !== 'running' || !summary.progress) return summary;
  return { ...summary, state: await livingState(summary.progress) };
}

/** Runs that were removed. */
function forget(present: Set<string>): void {
  for (const id of kept.keys()) if (!present.has(id)) kept.delete(id);
}

function newestFirst(a: RunSummary, b: RunSummary): number {
  return compare(b.createdAt ?? '', a.createdAt ?? '') || compare(b.id, a.id);
}

/** Dates and ids are ASCII; a locale would cost most of the time of a list of thousands. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
