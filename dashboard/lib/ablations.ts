import { type Ablation, ablationSchema } from '@dyno/contracts/ablation';
import { type PlanFile, type Progress, planFileSchema } from '@dyno/contracts/run';
import type { z } from 'zod';
import { readProgress } from './measured.ts';
import { ablationIds, openAblationFile } from './runFiles.ts';
import { caps, jsonOf } from './runJson.ts';
import { livingState } from './runState.ts';

/** What a page shows of one ablation; without an answer where it is under way, was stopped or cannot be read. */
export interface FoundAblation {
  id: string;
  state: 'finished' | 'running' | 'stopped';
  ablation: Ablation | null;
  plan: PlanFile | null;
  progress: Progress | null;
}

/** More than anybody keeps; a folder of more shows the newest. */
const ablationsMax = 200;

/** The newest first; a folder without a plan is none. */
export async function listAblations(): Promise<FoundAblation[]> {
  const found = await Promise.all((await ablationIds()).slice(0, ablationsMax).map(readAblation));
  return found.filter((one) => one !== null);
}

export async function readAblation(id: string): Promise<FoundAblation | null> {
  const [ablation, plan, progress] = await Promise.all([
    readFile(id, 'ablation.json', ablationSchema),
    readFile(id, 'plan.json', planFileSchema),
    readProgress({ kind: 'ablation', id }),
  ]);
  if (!plan && !ablation) return null;
  return { id, ablation, plan, progress, state: await stateOf(ablation, progress) };
}

async function stateOf(
  ablation: Ablation | null,
  progress: Progress | null,
): Promise<FoundAblation['state']> {
  if (ablation) return 'finished';
  const isRunning = progress?.state === 'running' && (await livingState(progress)) === 'running';
  return isRunning ? 'running' : 'stopped';
}

const readFile = <T>(id: string, file: string, schema: z.ZodType<T>): Promise<T | null> =>
  jsonOf(openAblationFile(id, file, caps.small), schema);
