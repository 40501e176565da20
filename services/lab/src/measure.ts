import { rename } from 'node:fs/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Variant } from '@dyno/contracts/experiment';
import { type PlanFile, type Round, type RoundMetrics, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from './errors.ts';
import { countingRounds } from './experiment/plan.ts';
import { disturbance } from './run/disturbance.ts';
import type { NdjsonLog } from './run/durable.ts';
import { writeDurably } from './run/durable.ts';
import { removeSamples } from './run/k6.ts';
import { assertRoom, roomNeeded } from './run/room.ts';
import { type MeasuredRound, measureTogether } from './run/round.ts';
import { metricsOfRound } from './samples/metrics.ts';
import { convertSamples, fileRef, resourceFile, sampleFile, vitalsFile } from './samples/parquet.ts';
import { Timeline } from './samples/timeline.ts';
import { type Session, variantOf } from './session.ts';
import { isCertain } from './statistics/analyse.ts';

/** Tries of one variant in one block; what keeps failing is not an accident. */
const attemptsMax = 3;

/** Block after block until the verdict is certain; blocks that an earlier go has measured are not measured again. */
export async function measureBlocks(session: Session): Promise<void> {
  const { plan, folder } = session;
  const log = await folder.openRounds();
  try {
    const measurement = new Measurement(session, log, await folder.rounds());
    // What an earlier go has left may speak of rounds that do not count any more.
    await measurement.writeFigures();
    for (const [index, variants] of plan.order.entries()) {
      const block = index + 1;
      if (!measurement.hasBlock(block)) await measurement.measureBlock(block, variants);
      const metrics = await measurement.writeFigures();
      if (block >= plan.plan.blocks.min && isCertain(plan, metrics)) return;
    }
  } finally {
    await log.close();
  }
}

/** What is done before each round, and what its line says of that. */
export type BeforeRound = () => Promise<Pick<Round, 'redisEmptied'>>;

/** All blocks that are planned, however certain something looks; what one makes of them is for whoever asked. */
export async function measureEveryBlock(session: Session, beforeRound: BeforeRound): Promise<RoundMetrics> {
  const { plan, folder } = session;
  const log = await folder.openRounds();
  try {
    const measurement = new Measurement(session, log, await folder.rounds(), beforeRound);
    let metrics = await measurement.writeMetrics();
    for (const [index, variants] of plan.order.entries()) {
      if (measurement.hasBlock(index + 1)) continue;
      await measurement.measureBlock(index + 1, variants);
      metrics = await measurement.writeMetrics();
    }
    return metrics;
  } finally {
    await log.close();
  }
}

class Measurement {
  readonly #session: Session;
  readonly #log: NdjsonLog;
  readonly #rounds: Round[];
  readonly #metrics = new Map<number, RoundMetrics['rounds'][number]>();
  readonly #timeline: Timeline;
  readonly #beforeRound: BeforeRound;
  /** The rounds that the files on the disk speak of; null while nobody knows. */
  #written: string | null;

  constructor(
    session: Session,
    log: NdjsonLog,
    rounds: Round[],
    beforeRound: BeforeRound = async () => ({}),
  ) {
    this.#session = session;
    this.#log = log;
    this.#rounds = rounds;
    this.#timeline = new Timeline(session.folder.path);
    this.#beforeRound = beforeRound;
    this.#written = session.folder.has('metrics.json') ? null : '';
  }

  hasBlock(block: number): boolean {
    return countingRounds(this.#session.plan, this.#rounds).some((round) => round.block === block);
  }

  /** A database that came back has cold caches: its rounds are not paired with those before, so the whole block is measured again. */
  async measureBlock(block: number, names: readonly string[]): Promise<void> {
    for (let go = 1; ; go += 1) {
      const lost = await this.#measureGo(block, names);
      if (!lost) return;
      if (go === attemptsMax) throw gaveUp(lost, go);
      await this.#session.repairStack();
    }
  }

  /**
   * metrics.json and timeline.json of the blocks that are whole so far, so that whoever watches sees them grow. Only
   * between blocks, while nothing is measured, and each round is computed once.
   */
  async writeFigures(): Promise<RoundMetrics> {
    const { folder, plan } = this.#session;
    const counting = countingRounds(plan, this.#rounds);
    const metrics = await this.#metricsOf(counting);
    const written = counting.map(({ round }) => round).join();
    if (written === this.#written) return metrics;
    await folder.write('metrics.json', metrics);
    await folder.write('timeline.json', await this.#timeline.of(counting));
    this.#written = written;
    return metrics;
  }

  /** Without the timeline, which nobody draws of dozens of variants. */
  async writeMetrics(): Promise<RoundMetrics> {
    const metrics = await this.#metricsOf(countingRounds(this.#session.plan, this.#rounds));
    await this.#session.folder.write('metrics.json', metrics);
    return metrics;
  }

  async #metricsOf(counting: readonly Round[]): Promise<RoundMetrics> {
    const rounds: RoundMetrics['rounds'] = [];
    for (const round of counting) {
      const values =
        this.#metrics.get(round.round) ?? (await metricsOfRound(this.#session.folder.path, round));
      this.#metrics.set(round.round, values);
      rounds.push(values);
    }
    return { schemaVersion, rounds };
  }

  /** The round in which a part of the stack died, or null when the block is complete. */
  async #measureGo(block: number, names: readonly string[]): Promise<Round | null> {
    for (const set of this.#sets(names)) {
      const lost = await this.#measureSet(block, set);
      if (lost) return lost;
    }
    return null;
  }

  /** What is alive at once: in fine mode all variants of the block, else one at a time. */
  #sets(names: readonly string[]): [Variant, ...Variant[]][] {
    const { plan } = this.#session;
    const variants = names.map((name) => variantOf(plan, name));
    const [first, ...others] = variants;
    if (plan.mode === 'fine' && first) return [[first, ...others]];
    return variants.map((variant) => [variant]);
  }

  /** Null when it counts, else the round in which a part of the stack died. */
  async #measureSet(block: number, variants: [Variant, ...Variant[]]): Promise<Round | null> {
    for (let attempt = 1; ; attempt += 1) {
      const rounds = await this.#measureOnce(block, variants);
      for (const round of rounds) {
        await this.#log.append(round);
        this.#rounds.push(round);
        this.#session.onRound(round);
      }
      const lost = rounds.find(({ excluded }) => excluded !== null);
      if (!lost) return null;
      if (lost.excluded?.cause === 'stack-died') return lost;
      if (attempt === attemptsMax || this.#diedTwice(variants)) throw gaveUp(lost, attempt);
    }
  }

  /** Their lines may be written when this returns: all their files are on the disk. */
  async #measureOnce(block: number, variants: [Variant, ...Variant[]]): Promise<Round[]> {
    const { folder, signal } = this.#session;
    signal.throwIfAborted();
    const seen = this.#rounds.map(({ load }) => load.requests);
    const needed = roomNeeded(this.#session.plan, seen.length > 0 ? Math.max(...seen) : null);
    assertRoom(folder.path, needed, 'go on with --resume');
    const number = (this.#rounds.at(-1)?.round ?? 0) + 1;
    const specOf = (variant: Variant, index: number) => ({
      round: number + index,
      variant,
      csvFile: folder.file(`${sampleFile(number + index, variant.name)}.csv`),
      logFolder: folder.file('log'),
    });
    const [first, ...others] = variants;
    const context = this.#session.roundContext({
      round: number,
      block,
      variant: variants.map(({ name }) => name).join(' + '),
    });
    const prepared = await this.#beforeRound();
    const measured = await measureTogether(context, [
      specOf(first, 0),
      ...others.map((variant, index) => specOf(variant, index + 1)),
    ]);
    this.#session.tellWindowOver();
    const kept: KeptRound[] = [];
    for (const [index, variant] of variants.entries()) {
      const round = measured[index];
      if (round) kept.push(await this.#keep(sampleFile(number + index, variant.name), round));
    }
    await putAside(kept, measured, (name) => folder.file('log', name), number);
    const excluded = exclusionOf(measured, kept, this.#rounds, block, this.#session.plan);
    return kept.map((round, index) => ({
      schemaVersion,
      round: number + index,
      block,
      variant: variants[index]?.name ?? '',
      attempt: this.#attempts(block, variants[index]?.name ?? '') + 1,
      ...round,
      ...prepared,
      excluded,
    }));
  }

  /** From k6's CSV to the files of the run. */
  async #keep(samples: string, measured: MeasuredRound): Promise<KeptRound> {
    const { folder } = this.#session;
    const { csvFile, variant } = measured.source;
    const counts = await convertSamples(csvFile, folder.file(samples), measured.window, {
      damaged: measured.excluded !== null,
      ...(variant === undefined ? {} : { variant }),
    });
    const resources = resourceFile(samples);
    await writeDurably(folder.file(resources), ndjson(measured.resources));
    const vitals = counts.vitals && vitalsFile(samples);
    if (vitals) await writeDurably(folder.file(vitals), ndjson(counts.vitals ?? []));
    const { statuses, requests, failed, droppedIterations } = counts;
    const {
      startedAt,
      readyMs,
      window,
      usage,
      shared,
      sentinel,
      machine,
      crossed,
      telemetryDropped,
      caches,
    } = measured;
    return {
      startedAt,
      readyMs,
      window,
      samples: await fileRef(folder.path, samples),
      resources: await fileRef(folder.path, resources),
      ...(vitals ? { vitals: await fileRef(folder.path, vitals) } : {}),
      load: {
        requests,
        failed,
        droppedIterations,
        exitCode: crossed.length > 0 ? exitCodes.k6Thresholds : measured.k6ExitCode,
        ...(crossed.length > 0 ? { crossed } : {}),
      },
      usage,
      shared,
      sentinel,
      statuses,
      machine,
      telemetryDropped,
      ...(caches === null ? {} : { caches }),
    };
  }

  #attempts(block: number, name: string): number {
    return this.#rounds.filter((one) => one.block === block && one.variant === name).length;
  }

  #diedTwice(variants: readonly Variant[]): boolean {
    const names = new Set(variants.map(({ name }) => name));
    const ofSet = this.#rounds.filter(({ variant }) => names.has(variant));
    if (ofSet.at(-1)?.excluded?.cause !== 'service-died') return false;
    const deaths = ofSet.filter(({ excluded }) => excluded?.cause === 'service-died');
    return new Set(deaths.map(({ startedAt }) => startedAt)).size >= 2;
  }
}

/** Everything that a line of `rounds.ndjson` says of a round besides its place in the run. */
type KeptRound = Omit<Round, 'schemaVersion' | 'round' | 'block' | 'variant' | 'attempt' | 'excluded'>;

/** What an accident left is kept aside; a whole one is in the Parquet files. */
async function putAside(
  kept: readonly KeptRound[],
  measured: readonly MeasuredRound[],
  logFile: (name: string) => string,
  number: number,
): Promise<void> {
  const damaged = measured.some(({ excluded }) => excluded !== null);
  const files = [...new Set(measured.map(({ source }) => source.csvFile))];
  for (const [index, csvFile] of files.entries()) {
    if (damaged && kept.length > 0)
      await rename(csvFile, logFile(`${number + index}.torn.csv`)).catch(() => {});
    await removeSamples(csvFile);
  }
}

/** Why these rounds do not count: what went wrong in them, or what disturbed them. The same for all that were alive together. */
function exclusionOf(
  measured: readonly MeasuredRound[],
  kept: readonly KeptRound[],
  before: readonly Round[],
  block: number,
  plan: PlanFile,
): Round['excluded'] {
  const lost = measured.find(({ excluded }) => excluded !== null)?.excluded;
  if (lost) return lost;
  const silent = kept.findIndex(({ load }) => load.requests === 0);
  if (silent >= 0) return { cause: 'service-died', detail: whySilent(kept, measured) };
  const causes = kept.map((round) => disturbance(round, before, block, plan));
  return causes.find((cause) => cause !== null) ?? null;
}

/** k6 got answers, or the round would have been lost; a variant without any got no request. */
function whySilent(kept: readonly KeptRound[], measured: readonly MeasuredRound[]): string {
  const silent = 'no request was answered within the window';
  const drawn = measured.every(({ source }) => source.variant !== undefined);
  if (!drawn || measured.length === 1 || kept.some(({ load }) => load.requests > 0)) return silent;
  return `${silent} that says which variant it was for: the script must take address and tags of every request from nextTarget() of k6/lib/target.ts, or the load must not say "assigns: true"`;
}

function ndjson(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

function gaveUp(round: Round, attempts: number): DynoError {
  const times = attempts === 1 ? 'once more' : `${attempts} times`;
  return new DynoError(
    `Block ${round.block} cannot be measured: ${round.variant} was lost ${times} (${round.excluded?.cause}). ${round.excluded?.detail}`,
    exitCodes.invalid,
  );
}
