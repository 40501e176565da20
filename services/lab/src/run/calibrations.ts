import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CalibrationFile, calibrationFileSchema } from '@dyno/contracts/calibration';
import type { Variant } from '@dyno/contracts/experiment';
import type { EnvironmentFile, PlanFile } from '@dyno/contracts/run';
import { sealed } from '../experiment/secrets.ts';
import { writeDurably } from './durable.ts';

/**
 * What identical variants of this service showed on this machine, with this load, these lengths and this mode; null where
 * nobody has measured that. Of a run's variants the baseline's counts first: it is what the other one is compared with.
 */
export async function calibrationFor(
  home: string,
  plan: PlanFile,
  { fingerprint }: Pick<EnvironmentFile, 'fingerprint'>,
): Promise<CalibrationFile | null> {
  const { baseline, candidates } = plan.experiment;
  for (const variant of [baseline, ...candidates]) {
    const subject = subjectOf(plan, variant);
    const found = await read(pathOf(home, fingerprint, subject));
    // The name of the file is for finding it; what counts is what is in it.
    if (found?.fingerprint === fingerprint && found.subject === subject) return found;
  }
  return null;
}

/** Everything that was calibrated in this home, the newest first: on which machine each says itself. */
export async function allCalibrations(home: string): Promise<CalibrationFile[]> {
  const folder = join(home, 'calibrations');
  const names = existsSync(folder) ? await readdir(folder) : [];
  const found = await Promise.all(names.map((name) => read(join(folder, name))));
  return found.filter((one) => one !== null).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** Replaces the one before it; where it lies. */
export async function saveCalibration(home: string, calibration: CalibrationFile): Promise<string> {
  const path = pathOf(home, calibration.fingerprint, calibration.subject);
  await writeDurably(path, `${JSON.stringify(calibrationFileSchema.parse(calibration), null, 1)}\n`);
  return path;
}

/** Titles, names, commits and folders of a checkout do not change how a service is measured. */
export function subjectOf({ experiment: whole, plan, mode }: PlanFile, variant: Variant): string {
  // A stored plan and one in memory speak of the same subject.
  const experiment = sealed({ ...whole, baseline: variant, candidates: [] });
  const { env, command, cwd, url, ref } = experiment.baseline;
  const subject = {
    service: experiment.service,
    variant: { env, command, url, cwd: ref ? undefined : cwd },
    load: experiment.load,
    warmupSeconds: plan.warmupSeconds,
    windowSeconds: plan.windowSeconds,
    mode,
  };
  return sha256(JSON.stringify(subject));
}

function pathOf(home: string, fingerprint: string, subject: string): string {
  return join(home, 'calibrations', `${sha256(`${fingerprint} ${subject}`).slice(0, 32)}.json`);
}

/** One that cannot be read is none: calibrating again replaces it. */
async function read(path: string): Promise<CalibrationFile | null> {
  if (!existsSync(path)) return null;
  try {
    return calibrationFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
