import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { readLive } from './liveRun.ts';
import type { LiveWord } from './liveWord.ts';
import { type Run, readRun } from './results.ts';
import { latestRunId } from './runFiles.ts';

interface ShownRun extends Run {
  /** From before the rest was read: what was written since is news for the page. */
  live: LiveWord | null;
}

/** The run of an address, read once for the frame and the page in it. */
export async function runOf(params: Promise<{ id: string }>): Promise<ShownRun> {
  const { id } = await params;
  if (id === 'latest') redirect((await latestRunId().then((latest) => latest && `/runs/${latest}`)) ?? '/');
  const run = await readOnce(id);
  if (!run) notFound();
  return run;
}

const readOnce = cache(async (id: string): Promise<ShownRun | null> => {
  const live = await readLive(id);
  const run = await readRun(id);
  return run && { ...run, live };
});

export interface Names {
  baseline: string;
  candidate: string;
}

/** What the two sides are called; null where not even the plan can be read. */
export function namesOf(run: Run): Names | null {
  if (run.report) return { baseline: run.report.baseline.name, candidate: run.report.candidate.name };
  const experiment = run.plan?.experiment;
  const candidate = experiment?.candidates[0];
  return experiment && candidate ? { baseline: experiment.baseline.name, candidate: candidate.name } : null;
}
