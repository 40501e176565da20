import {
  type DilutionFile,
  dilutionFileSchema,
  type ObserverFile,
  observerFileSchema,
  type ResponsesFile,
  responsesFileSchema,
} from '@dyno/contracts/run';
import { type Difference, differencesOf } from './differences.ts';
import { neighboursOf } from './experiments.ts';
import { type Run, readRun } from './results.ts';
import { caps, type Problem, readJson } from './runJson.ts';

/** What was looked at beside the rounds; each null where it was not. */
export interface Checks {
  /** The same requests to both variants. */
  responses: ResponsesFile | null;
  /** What our own telemetry costs. */
  observer: ObserverFile | null;
  /** One isolated pair behind the blocks of a fine run. */
  dilution: DilutionFile | null;
  /** The run of the same experiment before this one, and what is different on the machine since. */
  before: { id: string; differences: Difference[] } | null;
  problems: Problem[];
}

export async function readChecks(run: Run): Promise<Checks> {
  const problems: Problem[] = [];
  const [responses, observer, dilution, before] = await Promise.all([
    readJson(run.id, 'responses.json', responsesFileSchema, caps.small, problems),
    readJson(run.id, 'observer.json', observerFileSchema, caps.small, problems),
    readJson(run.id, 'dilution.json', dilutionFileSchema, caps.small, problems),
    machineBefore(run),
  ]);
  return { responses, observer, dilution, before, problems };
}

async function machineBefore(run: Run): Promise<Checks['before']> {
  const experiment = run.report?.experiment ?? run.plan?.experiment.name;
  if (!experiment) return null;
  const { older } = await neighboursOf(run.id, experiment);
  if (older === null) return null;
  const other = await readRun(older);
  if (!other?.environment || !run.environment) return null;
  return { id: older, differences: differencesOf(other, run).environment };
}
