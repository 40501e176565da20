import { type EvidenceFile, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from './errors.ts';
import { type Pass, underLoad } from './run/load.ts';
import type { Session } from './session.ts';

/** What the passes after the measured rounds have found, and what not. */
export async function gatherEvidence(session: Session): Promise<void> {
  const evidence: EvidenceFile = { schemaVersion, traces: [], profiles: [], missing: [] };
  await session.folder.write('evidence.json', evidence);
}
export type { Pass };
export { DynoError, underLoad };
