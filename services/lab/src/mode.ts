import { exitCodes } from '@dyno/contracts/exitCodes';
import type { PlanFile } from '@dyno/contracts/run';
import { DynoError } from './errors.ts';
import { needsPilot } from './experiment/plan.ts';
import { scenarioOf } from './run/k6.ts';
import { chooseMode, fly, type PilotResult } from './run/pilot.ts';
import { loadsPages } from './run/script.ts';
import type { Session } from './session.ts';

const inBrowser =
  'the load is pages in a browser, which takes what CPU it can get: with both variants alive their pages would wait for each other';

/** With `auto` a short pilot chooses how to measure; the choice is in plan.json before the first round. */
export async function decideMode(session: Session): Promise<void> {
  const { plan, folder } = session;
  if (!needsPilot(plan, await folder.rounds())) return;
  const [baseline, candidate] = session.variants();
  if (!baseline || !candidate) return;
  const context = session.roundContext({ round: 0, block: 1, variant: 'pilot' });
  const decided: PlanFile = (await loadsPages(scenarioOf(context.project, plan.experiment.load)))
    ? { ...plan, mode: 'isolated', modeReason: inBrowser, pilot: null }
    : choose(plan, await fly(context, [baseline, candidate], folder.file('log')));
  await folder.writePlan(decided);
  session.plan = decided;
  session.edges.onNote(`${decided.mode} mode: ${decided.modeReason}`);
}

/** Before anything is started: who asks for fine mode by name would measure pages that wait for each other. */
export async function refusePagesInFineMode(
  { mode, experiment: { load } }: PlanFile,
  project: string,
): Promise<void> {
  if (mode !== 'fine' || !(await loadsPages(scenarioOf(project, load)))) return;
  throw new DynoError(
    `${load.scenario} cannot be measured in fine mode: ${inBrowser}. Choose --mode isolated, or auto, which does so by itself.`,
    exitCodes.usage,
  );
}

function choose(plan: PlanFile, result: PilotResult): PlanFile {
  const pilot = result.kind === 'seen' ? result.pilot : null;
  return { ...plan, ...chooseMode(result, plan.experiment), pilot };
}
