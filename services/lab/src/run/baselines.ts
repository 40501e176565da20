import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BaselinesFile, baselinesFileSchema } from '@dyno/contracts/baselines';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Report } from '@dyno/contracts/report';
import { schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { writeDurably } from './durable.ts';

export type EstablishedBaseline = BaselinesFile['baselines'][string];

/** Of every experiment that has one. */
export async function readBaselines(results: string): Promise<BaselinesFile['baselines']> {
  const path = pathOf(results);
  if (!existsSync(path)) return {};
  try {
    return baselinesFileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).baselines;
  } catch (error) {
    throw new DynoError(
      `${path} cannot be read: it is damaged, or of another version of Dyno. Remove it, and set the baselines again with "dyno baseline set <run>".`,
      exitCodes.invalid,
      { cause: error },
    );
  }
}

/** The run's candidate is what later runs of its experiment are held against; replaces the one before it. */
export async function setBaseline(results: string, report: Report, now: Date): Promise<EstablishedBaseline> {
  if (report.verdict === 'invalid') {
    throw new DynoError(
      `Run ${report.runId} does not count, so nothing can be held against it: ${report.sentence}`,
      exitCodes.invalid,
    );
  }
  const set = { runId: report.runId, candidate: report.candidate.name, setAt: now.toISOString() };
  const baselines = { ...(await readBaselines(results)), [report.experiment]: set };
  const file: BaselinesFile = { schemaVersion, baselines };
  await writeDurably(pathOf(results), `${JSON.stringify(baselinesFileSchema.parse(file), null, 1)}\n`);
  return set;
}

function pathOf(results: string): string {
  return join(results, 'baselines.json');
}
