import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { runIdSchema } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { place } from '../format.ts';
import { ablationsFolder, RunFolder, unfinishedRuns } from './results.ts';

/** What an id stands for: a run, or an ablation, which lies beside the runs. */
export interface Stored {
  kind: 'run' | 'ablation';
  /** In which its folder lies. */
  results: string;
  folder: RunFolder;
}

/** Ids of runs and ablations differ; "latest" is a run. */
export function isAblation(results: string, id: string): boolean {
  if (id === 'latest' || !runIdSchema.safeParse(id).success) return false;
  return existsSync(join(ablationsFolder(results), id, 'plan.json'));
}

export async function openStored(results: string, id: string): Promise<Stored> {
  const kind = isAblation(results, id) ? 'ablation' : 'run';
  const where = kind === 'ablation' ? ablationsFolder(results) : results;
  return { kind, results: where, folder: await RunFolder.open(where, id) };
}

/** Its files change while one reads them, and its verdict with them. */
export async function refuseUnderWay({ kind, results, folder }: Stored): Promise<void> {
  const running = (await unfinishedRuns(results)).find(
    ({ progress, state }) => progress.runId === folder.runId && state === 'running',
  );
  if (!running) return;
  throw new DynoError(
    `${named(kind)} ${folder.runId} is under way (${place(running.progress)}, process ${running.progress.pid}): ask again when it has ended. "dyno dashboard" shows it live.`,
    exitCodes.usage,
  );
}

/** At the beginning of a sentence. */
export function named(kind: Stored['kind']): 'Run' | 'Ablation' {
  return kind === 'ablation' ? 'Ablation' : 'Run';
}
