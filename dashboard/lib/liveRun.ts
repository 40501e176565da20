import { hash } from 'node:crypto';
import { join } from 'node:path';
import { type Progress, progressFileSchema } from '@dyno/contracts/run';
import { type LiveWord, liveWord } from './liveWord.ts';
import {
  ablationsName,
  isRun,
  openAblationFile,
  realResultsFolder,
  resultsFolder,
  versionOfRunFile,
} from './runFiles.ts';
import { caps, jsonOf, readJson } from './runJson.ts';
import { stateOf } from './runState.ts';

/** What a page of a run is made from, besides the strip. */
const pageFiles = [
  'plan.json',
  'rounds.ndjson',
  'metrics.json',
  'timeline.json',
  'evidence.json',
  'report.json',
];

/** Before its answer is there it is the strip alone. */
const ablationPageFiles = ['plan.json', 'ablation.json'];

/** What a stream tells of: a look at it is due when a file of the folder changes. */
export interface Followed {
  folder: string;
  read(): Promise<LiveWord | null>;
}

export const followedRun = (id: string): Followed => ({
  folder: join(resultsFolder(), id),
  read: () => readLive(id),
});

export const followedAblation = (id: string): Followed => ({
  folder: join(resultsFolder(), ablationsName, id),
  read: () => readLiveAblation(id),
});

/**
 * What the live strip says; null when nothing was written yet. Asked for every second on the machine that is measured: it reads
 * one small file and looks at the times of the others.
 */
export async function readLive(id: string): Promise<LiveWord | null> {
  const root = realResultsFolder();
  if (root === null || !(await isRun(id))) return null;
  const progress = await readJson(id, 'progress.json', progressFileSchema, caps.small, []);
  return progress && wordOf(progress, (file) => versionOfRunFile(root, id, file), pageFiles);
}

/** The same of an ablation. */
export async function readLiveAblation(id: string): Promise<LiveWord | null> {
  const root = realResultsFolder();
  if (root === null) return null;
  const opened = openAblationFile(id, 'progress.json', caps.small);
  const progress = await jsonOf(opened, progressFileSchema);
  const versionOf = (file: string) => versionOfRunFile(join(root, ablationsName), id, file);
  return progress && wordOf(progress, versionOf, ablationPageFiles);
}

async function wordOf(
  progress: Progress,
  versionOf: (file: string) => string,
  files: readonly string[],
): Promise<LiveWord> {
  const state = progress.state === 'finished' ? 'finished' : await stateOf(progress, null, null, []);
  return liveWord(progress, state, hash('sha256', [state, ...files.map(versionOf)].join()).slice(0, 16));
}
