import { type DilutionFile, schemaVersion } from '@dyno/contracts/run';
import { firstLine } from './format.ts';
import { removeSamples } from './run/k6.ts';
import { type Look, look, perRequest, ratioOf } from './run/pilot.ts';
import { type MeasuredRound, measureRound } from './run/round.ts';
import { type Session, variantOf } from './session.ts';

/** Enough to see a difference that fine mode hides; the pair is a check and not a measurement. */
const windowSecondsMax = 5;

/**
 * Behind the blocks of a fine run, once more one after the other: where variants that are alive together wait for the
 * same things, each looks like the other, and apart they do not.
 */
export async function checkDilution(session: Session): Promise<void> {
  const { plan, folder } = session;
  if (plan.mode !== 'fine' || folder.has('dilution.json')) return;
  session.edges.onNote('one pair in isolated mode, to see whether the difference is the same');
  try {
    await measurePair(session);
  } catch (error) {
    session.signal.throwIfAborted();
    // The blocks are there, and do not rest on this.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    session.edges.onNote(`  the pair does not count: ${why}`);
  }
}

async function measurePair(session: Session): Promise<void> {
  const { plan, folder } = session;
  const looks: Look[] = [];
  for (const [index, name] of (plan.order.at(-1) ?? []).entries()) {
    const seen = await measureAlone(session, name, index);
    if ('lost' in seen) return session.edges.onNote(`  the pair does not count: ${seen.lost}`);
    looks[session.variants().findIndex((variant) => variant.name === name)] = seen;
  }
  const [baseline, candidate] = looks;
  if (!baseline || !candidate) return;
  const file: DilutionFile = {
    schemaVersion,
    latencyRatio: ratioOf(candidate.medianMs, baseline.medianMs),
    cpuRatio: ratioOf(perRequest(candidate), perRequest(baseline)),
  };
  await folder.write('dilution.json', file);
}

async function measureAlone(session: Session, name: string, index: number): Promise<Look | { lost: string }> {
  const { folder, plan, progress } = session;
  const { round, block } = progress.value;
  const context = session.roundContext({ round, block, variant: name });
  const logFolder = folder.file('log');
  const variant = variantOf(plan, name);
  const windowSeconds = Math.min(windowSecondsMax, plan.plan.windowSeconds);
  const measured: MeasuredRound = await measureRound(
    { ...context, plan: { ...plan, plan: { ...plan.plan, windowSeconds } } },
    { round: 900 + index, variant, csvFile: `${logFolder}/dilution-${name}.csv`, logFolder },
  );
  try {
    if (measured.excluded) return { lost: firstLine(measured.excluded.detail) };
    return await look(measured, `${logFolder}/dilution-${name}.parquet`);
  } finally {
    await removeSamples(measured.source.csvFile);
  }
}
