import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CalibrationFile } from '@dyno/contracts/calibration';
import type { Experiment, Plan } from '@dyno/contracts/experiment';
import type { ExperimentList, ListedExperiment, ListedPlan } from '@dyno/contracts/experimentList';
import { type Mode, schemaVersion } from '@dyno/contracts/run';
import { allCalibrations, subjectOf } from '../run/calibrations.ts';
import { minimumDetectableEffect } from '../statistics/power.ts';
import { durationOf } from './duration.ts';
import { experimentFiles, type LoadedExperiment, loadExperiment } from './load.ts';
import { makePlan } from './plan.ts';
import { needsWholeLoad } from './sharedLoad.ts';

const blocksMin = 2;
const blocksMax = 20;
/** Stands in for what is decided when a run begins. */
const undecided = { runId: 'listed', createdAt: new Date(0).toISOString(), seed: 0, hashes: {} };

/** Every experiment of the project, with what a run of each plan takes and could see. */
export async function listExperiments(project: string, home: string): Promise<ExperimentList> {
  const calibrations = await allCalibrations(home);
  const list: ExperimentList = {
    schemaVersion,
    experiments: [],
    scenarios: scenariosOf(project),
    problems: [],
  };
  for (const file of experimentFiles(project)) {
    try {
      list.experiments.push(listed(await loadExperiment(join(project, file), project), calibrations));
    } catch (error) {
      list.problems.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return list;
}

function listed(loaded: LoadedExperiment, calibrations: readonly CalibrationFile[]): ListedExperiment {
  const { file, experiment } = loaded;
  const { service, load, baseline, candidates, plans } = experiment;
  return {
    key: basename(file, '.ts'),
    file,
    name: experiment.name,
    title: experiment.title,
    service: service.name,
    needs: service.needs,
    baseline: { name: baseline.name, title: baseline.title },
    candidates: candidates.map(({ name, title }) => ({ name, title })),
    load: {
      scenario: load.scenario ?? null,
      requests: (load.requests ?? []).map(({ method, target }) => `${method} ${target}`),
      vus: load.vus,
      ratePerSecond: load.ratePerSecond ?? null,
    },
    primary: experiment.primary,
    thresholds: experiment.thresholds,
    isolatedBecause: isolatedBecause(experiment),
    plans: Object.entries(plans).map(([name, plan]) => listedPlan(loaded, name, plan, calibrations)),
  };
}

function isolatedBecause({ service, ...experiment }: Experiment): string | null {
  return service.port === undefined
    ? needsWholeLoad(experiment)
    : `the service always listens on port ${service.port}, so that its variants cannot be alive at once`;
}

function listedPlan(
  loaded: LoadedExperiment,
  name: string,
  plan: Plan,
  calibrations: readonly CalibrationFile[],
): ListedPlan {
  return {
    name,
    plan,
    duration: { fine: durationOf(plan, 'fine'), isolated: durationOf(plan, 'isolated') },
    sensitivity: (['fine', 'isolated'] as const).flatMap((mode) =>
      sensitivityOf(loaded, name, mode, calibrations),
    ),
  };
}

/** From the newest calibration of the baseline, else of a candidate, with this load, these lengths and this mode. */
function sensitivityOf(
  loaded: LoadedExperiment,
  planName: string,
  mode: Mode,
  calibrations: readonly CalibrationFile[],
): ListedPlan['sensitivity'] {
  const { experiment } = loaded;
  const plan = { ...makePlan(loaded, { planName }, undecided), mode };
  for (const variant of [experiment.baseline, ...experiment.candidates]) {
    const subject = subjectOf(plan, variant);
    const calibration = calibrations.find((one) => one.subject === subject);
    const metric = calibration?.metrics.find(({ name }) => name === experiment.primary);
    if (!calibration || !metric) continue;
    const { spread, noiseFloor } = metric;
    const detectable = Array.from({ length: blocksMax - blocksMin + 1 }, (_, index) => {
      const blocks = blocksMin + index;
      const uncertainty = { standardError: spread / Math.sqrt(blocks), df: blocks - 1, alpha: 0.05 };
      return { blocks, effect: Math.expm1(Math.min(50, minimumDetectableEffect(uncertainty))) };
    });
    return [{ mode, variant: variant.name, calibratedAt: calibration.createdAt, noiseFloor, detectable }];
  }
  return [];
}

/** What stands in for a load; `requests.ts` is the load of experiments that list theirs. */
function scenariosOf(project: string): string[] {
  return readdirSync(join(project, 'k6/scenarios'))
    .filter((name) => name.endsWith('.ts') && name !== 'requests.ts')
    .sort()
    .map((name) => `k6/scenarios/${name}`);
}
