import { hash } from 'node:crypto';
import { progressFileSchema } from '@dyno/contracts/run';
import { type LiveWord, liveWord } from './liveWord.ts';
import { isRun, realResultsFolder, versionOfRunFile } from './runFiles.ts';
import { caps, readJson } from './runJson.ts';
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

/**
 * What the live strip says; null when nothing was written yet. Asked for every second on the machine that is measured: it reads
 * one small file and looks at the times of the others.
 */
export async function readLive(id: string): Promise<LiveWord | null> {
  const root = realResultsFolder();
  if (root === null || !(await isRun(id))) return null;
  const progress = await readJson(id, 'progress.json', progressFileSchema, caps.small, []);
  if (!progress) return null;
  const state = progress.state === 'finished' ? 'finished' : await stateOf(progress, null, null, []);
  const versions = pageFiles.map((file) => versionOfRunFile(root, id, file));
  return liveWord(progress, state, hash('sha256', [state, ...versions].join()).slice(0, 16));
}
