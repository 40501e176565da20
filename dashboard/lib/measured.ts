import { type Progress, progressFileSchema } from '@dyno/contracts/run';
import { openAblationFile } from './runFiles.ts';
import { caps, jsonOf, readJson } from './runJson.ts';

/** What writes its progress into a folder of its own. */
export interface Measured {
  kind: 'run' | 'ablation';
  id: string;
}

/** Null where there is none, or it cannot be read. */
export function readProgress({ kind, id }: Measured): Promise<Progress | null> {
  return kind === 'run'
    ? readJson(id, 'progress.json', progressFileSchema, caps.small, [])
    : jsonOf(openAblationFile(id, 'progress.json', caps.small), progressFileSchema);
}
