import type { Variant } from '@dyno/contracts/experiment';
import { type EvidenceFile, schemaVersion } from '@dyno/contracts/run';
import { type Pass, type PassSpec, underLoad } from './run/load.ts';
import type { Session } from './session.ts';

/** The passes behind the measured rounds: they disturb, so nothing is measured in them. What fails is missing, not fatal. */
export async function gatherEvidence(session: Session): Promise<void> {
  const evidence: EvidenceFile = { schemaVersion, traces: [], profiles: [], missing: [] };
  const { tracePassSeconds, profilePassSeconds } = session.plan.plan;
  if (tracePassSeconds > 0) {
    for (const variant of session.variants()) {
      await pass(session, { variant, pass: 'trace', seconds: tracePassSeconds, traceSampling: 1 });
    }
  }
  if (profilePassSeconds > 0) {
    for (const variant of session.variants()) {
      await pass(session, { variant, pass: 'profile', seconds: profilePassSeconds, traceSampling: 0 });
    }
  }
  await session.folder.write('evidence.json', evidence);
}

/** One variant under load, with progress told as a stage of the run. */
function pass(
  session: Session,
  spec: Omit<PassSpec, 'logFolder' | 'variant'> & { variant: Variant },
): Promise<Pass> {
  const context = session.roundContext({ block: session.plan.plan.blocks.max, variant: spec.variant.name });
  const onLive = ({ secondsLeft }: { secondsLeft: number | null }) =>
    session.progress.update({
      stage: spec.pass,
      variant: spec.variant.name,
      secondsLeft,
      requestsPerSecond: null,
      latencyMsP95: null,
      message: `${spec.pass} pass of ${spec.variant.name}`,
    });
  return underLoad({ ...context, onLive }, { ...spec, logFolder: session.folder.file('log') });
}
