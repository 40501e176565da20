import type { PlanFile } from '@dyno/contracts/run';
import { needsPilot } from './experiment/plan.ts';
import { chooseMode, fly } from './run/pilot.ts';
import type { Session } from './session.ts';

/** With `auto` a short pilot chooses how to measure; the choice is in plan.json before the first round. */
export async function decideMode(session: Session): Promise<void> {
  const { plan, folder } = session;
  if (!needsPilot(plan, await folder.rounds())) return;
  const [baseline, candidate] = session.variants();
  if (!baseline || !candidate) return;
  const context = session.roundContext({ round: 0, block: 1, variant: 'pilot' });
  const result = await fly(context, [baseline, candidate], folder.file('log'));
  const decided: PlanFile = {
    ...plan,
    ...chooseMode(result, plan.experiment),
    pilot: result.kind === 'seen' ? result.pilot : null,
  };
  await folder.writePlan(decided);
  session.plan = decided;
  session.edges.onNote(`${decided.mode} mode: ${decided.modeReason}`);
}
