import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baselinesFileSchema } from '@dyno/contracts/baselines';
import { type Report, reportSchema } from '@dyno/contracts/report';
import {
  environmentFileSchema,
  evidenceFileSchema,
  type Progress,
  planFileSchema,
  progressFileSchema,
  type Round,
  schemaVersion,
  timelineFileSchema,
} from '@dyno/contracts/run';
import { writeEvidence } from './runFolders/evidence.ts';
import { blocksMax, plannedRun, type Run, type RunFolder } from './runFolders/plan.ts';
import { reportOf } from './runFolders/report.ts';
import { roundsOf } from './runFolders/rounds.ts';
import { timelineOf } from './runFolders/timeline.ts';

/** Invented run folders for tests of what reads them; every file is held against its schema before it is written. */
export async function writeFinishedRun(results: string, folder: RunFolder): Promise<Report> {
  return finishRun(await writePlan(results, folder));
}

/** Writes what the stages after the rounds write, the progress last. */
export async function finishRun(run: Run): Promise<Report> {
  const rounds = roundsOf(run);
  const report = reportSchema.parse(reportOf(run));
  await writeRounds(run, rounds);
  await write(run, 'timeline.json', timelineFileSchema.parse(timelineOf(run, rounds)));
  await write(run, 'evidence.json', evidenceFileSchema.parse(await writeEvidence(run)));
  await write(run, 'report.json', report);
  await writeFile(join(run.folder, 'report.md'), `# ${report.sentence}\n`);
  await writeProgress(run, { state: 'finished', stage: 'done', block: run.blocks, variant: null });
  return report;
}

/** What a list of many runs reads, and nothing else: thousands are written in seconds. */
export async function writeListedRun(results: string, folder: RunFolder): Promise<Report> {
  const run = await writePlan(results, folder);
  const report = reportSchema.parse(reportOf(run));
  await write(run, 'report.json', report);
  await writeProgress(run, { state: 'finished', stage: 'done', block: run.blocks, variant: null });
  return report;
}

/** A run under way after some rounds; `progress` says how it stands. */
export async function writeStartedRun(
  results: string,
  folder: RunFolder & { rounds: number; progress: Partial<Progress> },
): Promise<Run> {
  const run = await writePlan(results, folder);
  await writeRounds(run, roundsOf(run).slice(0, folder.rounds));
  await writeProgress(run, folder.progress);
  return run;
}

export async function writeProgress(run: Run, progress: Partial<Progress>): Promise<void> {
  const file: Progress = {
    schemaVersion,
    runId: run.id,
    state: 'running',
    pid: process.pid,
    updatedAt: new Date().toISOString(),
    stage: 'window',
    round: 1,
    block: 1,
    blocksMax,
    variant: 'naive',
    requestsPerSecond: null,
    latencyMsP95: null,
    secondsLeft: null,
    message: '',
    ...progress,
  };
  await write(run, 'progress.json', progressFileSchema.parse(file));
}

/** What `dyno baseline set` leaves: the run of an experiment that later ones are held against. */
export async function writeBaseline(results: string, experiment: string, runId: string): Promise<void> {
  const set = { runId, candidate: 'optimized', setAt: '2026-11-21T09:00:00.000Z' };
  const file = baselinesFileSchema.parse({ schemaVersion, baselines: { [experiment]: set } });
  await writeFile(join(results, 'baselines.json'), JSON.stringify(file));
}

/** What a run of the first version of Dyno left: nothing of it can be read. */
export async function writeOlderRun(results: string, id: string): Promise<void> {
  const run = plannedRun(results, { id });
  await mkdir(run.folder, { recursive: true });
  for (const file of ['plan.json', 'progress.json', 'report.json'])
    await write(run, file, { schemaVersion: 1, runId: id });
}

async function writePlan(results: string, given: RunFolder): Promise<Run> {
  const run = plannedRun(results, given);
  await mkdir(run.folder, { recursive: true });
  await write(run, 'plan.json', planFileSchema.parse(run.plan));
  await write(run, 'environment.json', environmentFileSchema.parse(run.environment));
  return run;
}

async function writeRounds(run: Run, rounds: Round[]): Promise<void> {
  await writeFile(
    join(run.folder, 'rounds.ndjson'),
    rounds.map((round) => `${JSON.stringify(round)}\n`).join(''),
  );
}

async function write(run: Run, file: string, content: unknown): Promise<void> {
  // As the lab does: whole or absent.
  const path = join(run.folder, file);
  await writeFile(`${path}.part`, JSON.stringify(content));
  await rename(`${path}.part`, path);
}
