import type { NewRun } from '@dyno/contracts/actions';
import type { ExperimentList, ListedExperiment } from '@dyno/contracts/experimentList';
import type { JobView } from '@dyno/contracts/job';
import type { Report } from '@dyno/contracts/report';
import { type PlanFile, planFileSchema } from '@dyno/contracts/run';
import { measurementUnderWay } from '@dyno/lab/lock';
import { readExperimentList } from './experimentList.ts';
import { livingJobs, viewOf } from './jobs.ts';
import { readReport } from './results.ts';
import { runIds } from './runFiles.ts';
import { caps, readJson } from './runJson.ts';

/** What a run of an experiment could see the last time, on whatever machine it was. */
export interface LastSight {
  runId: string;
  metric: string;
  effect: number;
  blocks: number;
}

export interface NewRunPage {
  list: ExperimentList;
  /** What the form begins with: the first experiment unless the address or a repeated run says another. */
  first: NewRun | null;
  /** The run that is repeated, or why it cannot be from here. */
  repeated: { runId: string; problem: string } | null;
  lastSights: Record<string, LastSight>;
  /** Who measures at this moment; null when nobody does. */
  busy: string | null;
  /** What was started from here and is still going on. */
  jobs: JobView[];
}

/** Everything that the page of a new run shows. */
export async function readNewRun(query: { repeat: string; experiment: string }): Promise<NewRunPage> {
  const [list, measuring, jobs] = await Promise.all([
    readExperimentList(),
    measurementUnderWay(),
    livingJobs().then((living) => Promise.all(living.map(viewOf))),
  ]);
  const ids = (await runIds()).reverse();
  const chosen = chosenOf(query.experiment, list, ids);
  const again = query.repeat === '' ? null : await repeatOf(query.repeat, list);
  return {
    list,
    first: again?.first ?? (chosen ? { experiment: chosen.key } : null),
    repeated: again && { runId: query.repeat, problem: again.problem },
    lastSights: await lastSightsOf(list, ids),
    busy: measuring?.holder ?? null,
    jobs,
  };
}

/** What one would ask for to get this run again, by what the experiment says today. */
async function repeatOf(
  runId: string,
  list: ExperimentList,
): Promise<{ first: NewRun | null; problem: string }> {
  const plan = await readJson(runId, 'plan.json', planFileSchema, caps.small, []);
  if (!plan) return { first: null, problem: 'its plan cannot be read' };
  const experiment = list.experiments.find(({ file }) => file === plan.experimentFile);
  if (!experiment)
    return {
      first: null,
      problem: `${plan.experimentFile} is not one of experiments/: repeat it with the command that made it`,
    };
  return { first: requestOf(plan, experiment), problem: '' };
}

function requestOf({ experiment, planName, plan }: PlanFile, listed: ListedExperiment): NewRun {
  const candidate = listed.candidates.find(({ name }) => name === experiment.candidates[0]?.name);
  const { load } = experiment;
  return {
    experiment: listed.key,
    ...(candidate ? { candidate: candidate.name } : {}),
    ...(listed.plans.some(({ name }) => name === planName) ? { plan: planName } : {}),
    mode: plan.mode,
    blocks: plan.blocks,
    warmupSeconds: plan.warmupSeconds,
    windowSeconds: plan.windowSeconds,
    vus: load.vus,
    ...(load.ratePerSecond === undefined ? {} : { ratePerSecond: load.ratePerSecond }),
    ...(load.scenario !== undefined && load.scenario !== listed.load.scenario
      ? { scenario: load.scenario }
      : {}),
  };
}

/** The one that is asked for, else that of the newest run, else the reference shop's. */
function chosenOf(
  key: string,
  { experiments }: ExperimentList,
  ids: readonly string[],
): ListedExperiment | undefined {
  const newest = ids.map(experimentIn).find((name) => experiments.some((one) => one.name === name));
  return (
    experiments.find((one) => one.key === key) ??
    experiments.find(({ name }) => name === newest) ??
    usualExperiment(experiments)
  );
}

export function usualExperiment(experiments: readonly ListedExperiment[]): ListedExperiment | undefined {
  return experiments.find(({ key }) => key === 'products') ?? experiments[0];
}

/** A run id is a date, a time, the experiment's name and four digits: few reports have to be read. */
const experimentIn = (id: string): string => id.slice(16, -5);

async function lastSightsOf(
  { experiments }: ExperimentList,
  ids: readonly string[],
): Promise<Record<string, LastSight>> {
  const sights = await Promise.all(
    experiments.map(async ({ key, name }) => {
      const last = ids.find((id) => experimentIn(id) === name);
      const report = last === undefined ? null : await readReport(last);
      const sight = report && sightOf(report);
      return sight ? [[key, sight] as const] : [];
    }),
  );
  return Object.fromEntries(sights.flat());
}

function sightOf({ runId, metrics, primary, blocks }: Report): LastSight | null {
  const metric = metrics.find(({ name }) => name === primary);
  const effect = metric?.minimumDetectableEffect ?? null;
  return metric && effect !== null ? { runId, metric: metric.title, effect, blocks } : null;
}
