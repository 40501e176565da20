import { join } from 'node:path';
import type { Variant } from '@dyno/contracts/experiment';
import { type ObserverFile, schemaVersion } from '@dyno/contracts/run';
import type { Level } from '@dyno/otel/names';
import { randomOf, shuffled } from './experiment/random.ts';
import { firstLine } from './format.ts';
import { removeSamples } from './run/k6.ts';
import { look, perRequest } from './run/pilot.ts';
import { type MeasuredRound, measureRound, measureTogether, type RoundContext } from './run/round.ts';
import { type Session, variantOf } from './session.ts';
import { costOf, type LevelPair, type Seen } from './statistics/observer.ts';

const levels = ['metrics', 'sampled', 'full'] as const;
/** An interval over fewer pairs is too wide to say anything. */
const blocksMin = 4;

/**
 * What telemetry costs the service: in each block, in random order, each level beside the same variant with telemetry off, by the machinery
 * of the rounds. Where asked for only; nothing of it counts for the verdict.
 */
export async function measureObserver(session: Session): Promise<void> {
  if (session.plan.observed === undefined || session.folder.has('observer.json')) return;
  try {
    await measureLevels(session, session.plan.observed);
  } catch (error) {
    session.signal.throwIfAborted();
    // The verdict is there, and does not rest on this.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    session.edges.onNote(`the cost of observing is missing: ${why}`);
  }
}

async function measureLevels(session: Session, observed: string): Promise<void> {
  const { plan, folder, signal } = session;
  const variant = variantOf(plan, observed);
  const random = randomOf(plan.seed + 1);
  const pairs: LevelPair[] = [];
  const blocks = Math.max(blocksMin, plan.plan.blocks.min);
  for (let block = 1; block <= blocks; block += 1) {
    for (const level of shuffled(levels, random)) {
      signal.throwIfAborted();
      session.edges.onNote(`cost of observing, block ${block} of ${blocks}: telemetry off and ${level}`);
      const context = contextOf(session, block, blocks, level);
      const pair = await measurePair(context, variant, shuffled(['off', level], random), folder.file('log'));
      if ('lost' in pair) session.edges.onNote(`  does not count: ${pair.lost}`);
      else pairs.push({ level, ...pair });
    }
  }
  const file: ObserverFile = { schemaVersion, variant: variant.name, blocks, levels: costOf(pairs) };
  await folder.write('observer.json', file);
}

/** Both alive at once, each request drawn between them; one after the other where the service can live only once. */
async function measurePair(
  context: RoundContext,
  variant: Variant,
  order: readonly Level[],
  logFolder: string,
): Promise<{ off: Seen; on: Seen } | { lost: string }> {
  const specs = order.map((level, index) => ({
    round: index + 1,
    variant: { ...variant, name: `telemetry-${level}` },
    level,
    csvFile: join(logFolder, `telemetry-${level}.csv`),
    logFolder,
  }));
  const [first, second] = specs;
  if (!first || !second) throw new RangeError('a pair has two levels');
  const measured = canLiveTwice(context)
    ? await measureTogether(context, [first, second])
    : [await measureRound(context, first), await measureRound(context, second)];
  try {
    const lost = measured.find(({ excluded }) => excluded !== null)?.excluded;
    if (lost) return { lost: firstLine(lost.detail) };
    const seen: (Seen | null)[] = [];
    // One after the other: they read through the same connection.
    for (const round of measured) seen.push(await seenIn(round, join(logFolder, 'telemetry.parquet')));
    const [off, on] = order[0] === 'off' ? seen : seen.toReversed();
    return off && on ? { off, on } : { lost: 'one of them answered nothing' };
  } finally {
    for (const { source } of measured) await removeSamples(source.csvFile);
  }
}

/** The service's own processes: what telemetry costs the database is nothing. */
async function seenIn(round: MeasuredRound, parquetFile: string): Promise<Seen | null> {
  const looked = await look(round, parquetFile);
  const cpuSeconds = perRequest(looked);
  return cpuSeconds === null || looked.medianMs === null
    ? null
    : { cpuMsPerRequest: cpuSeconds * 1000, latencyMsP50: looked.medianMs };
}

function canLiveTwice({ plan }: RoundContext): boolean {
  return plan.experiment.service.port === undefined && plan.plan.mode !== 'isolated';
}

function contextOf(session: Session, block: number, blocks: number, level: Level): RoundContext {
  const { round } = session.progress.value;
  const context = session.roundContext({ round, block, variant: `telemetry-${level}` });
  const message = `cost of observing, block ${block} of ${blocks}: telemetry off and ${level}`;
  return {
    ...context,
    onLive: ({ secondsLeft }) =>
      session.progress.update({
        stage: 'trace',
        secondsLeft,
        requestsPerSecond: null,
        latencyMsP95: null,
        message,
      }),
  };
}
