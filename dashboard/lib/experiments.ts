import { type RunSummary, runSummaries } from './runIndex.ts';

/** An experiment as its runs show it. */
export interface ExperimentSummary {
  name: string;
  title: string;
  runs: RunSummary[];
}

/** Every experiment that has a run, the one that ran last first. */
export async function listExperiments(): Promise<ExperimentSummary[]> {
  const byName = Map.groupBy(await runSummaries(), (run) => run.experiment ?? '');
  byName.delete('');
  return [...byName].map(([name, own]) => ({ name, title: own[0]?.title ?? name, runs: own }));
}

/** Null when no run of this name is there. */
export async function readExperiment(name: string): Promise<ExperimentSummary | null> {
  return (await listExperiments()).find((experiment) => experiment.name === name) ?? null;
}

/** The runs of an experiment just before and just after one of them, by date. */
export async function neighboursOf(
  id: string,
  name: string,
): Promise<{ older: string | null; newer: string | null }> {
  const runs = (await readExperiment(name))?.runs ?? [];
  const index = runs.findIndex((run) => run.id === id);
  if (index === -1) return { older: null, newer: null };
  return { older: runs[index + 1]?.id ?? null, newer: runs[index - 1]?.id ?? null };
}
