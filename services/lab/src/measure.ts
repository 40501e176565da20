import { rename, rm, statfs } from 'node:fs/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Variant } from '@dyno/contracts/experiment';
import { type Round, type RoundMetrics, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from './errors.ts';
import { countingRounds } from './experiment/plan.ts';
import type { NdjsonLog } from './run/durable.ts';
import { writeDurably } from './run/durable.ts';
import { type MeasuredRound, measureRound } from './run/round.ts';
import { metricsOfRound } from './samples/metrics.ts';
import { convertSamples, fileRef, resourceFile, sampleFile } from './samples/parquet.ts';
import { type Session, variantOf } from './session.ts';
import { isCertain } from './statistics/analyse.ts';

/** Tries of one variant in one block; what keeps failing is not an accident. */
const attemptsMax = 3;
/** Below this a round might not find room for its samples. */
const freeBytesMin = 200 * 1024 * 1024;

/** Block after block until the verdict is certain; blocks that an earlier go has measured are not measured again. */
export async function measureBlocks(session: Session): Promise<void> {
  const { plan, folder } = session;
  const log = await folder.openRounds();
  try {
    const measurement = new Measurement(session, log, await folder.rounds());
    for (const [index, variants] of plan.order.entries()) {
      const block = index + 1;
      if (!measurement.hasBlock(block)) await measurement.measureBlock(block, variants);
      const metrics = await measurement.writeMetrics();
      if (block >= plan.plan.blocks.min && isCertain(plan, metrics)) return;
    }
  } finally {
    await log.close();
  }
}

class Measurement {
  readonly #session: Session;
  readonly #log: NdjsonLog;
  readonly #rounds: Round[];
  readonly #metrics = new Map<number, RoundMetrics['rounds'][number]>();

  constructor(session: Session, log: NdjsonLog, rounds: Round[]) {
    this.#session = session;
    this.#log = log;
    this.#rounds = rounds;
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

  /** Of the rounds that count; each round's values are computed once. */
  async writeMetrics(): Promise<RoundMetrics> {
    const { folder, plan } = this.#session;
    const rounds: RoundMetrics['rounds'] = [];
    for (const round of countingRounds(plan, this.#rounds)) {
      const values = this.#metrics.get(round.round) ?? (await metricsOfRound(folder.path, round));
      this.#metrics.set(round.round, values);
      rounds.push(values);
    }
    const metrics: RoundMetrics = { schemaVersion, rounds };
    await folder.write('metrics.json', metrics);
    return metrics;
  }

  /** The round in which a part of the stack died, or null when the block is complete. */
  async #measureGo(block: number, names: readonly string[]): Promise<Round | null> {
    for (const name of names) {
      const round = await this.#measureVariant(block, variantOf(this.#session.plan, name));
      if (round.excluded) return round;
    }
    return null;
  }

  /** Returns a round of it that counts, or the one in which a part of the stack died. */
  async #measureVariant(block: number, variant: Variant): Promise<Round> {
    for (let attempt = 1; ; attempt += 1) {
      const round = await this.#measureOnce(block, variant);
      await this.#log.append(round);
      this.#rounds.push(round);
      this.#session.onRound(round);
      if (round.excluded === null || round.excluded.cause === 'stack-died') return round;
      if (attempt === attemptsMax || this.#diedTwice(variant)) throw gaveUp(round, attempt);
    }
  }

  /** Its line may be written when this returns: all its files are on the disk. */
  async #measureOnce(block: number, variant: Variant): Promise<Round> {
    const { folder, signal } = this.#session;
    signal.throwIfAborted();
    await assertRoom(folder.path);
    const number = (this.#rounds.at(-1)?.round ?? 0) + 1;
    const samples = sampleFile(number, variant.name);
    const csvFile = folder.file(`${samples}.csv`);
    const context = this.#session.roundContext({ round: number, block, variant: variant.name });
    const measured = await measureRound(context, {
      round: number,
      variant,
      csvFile,
      logFolder: folder.file('log'),
    });
    const damaged = measured.excluded !== null;
    const counts = await convertSamples(csvFile, folder.file(samples), measured.window, { damaged });
    // What an accident left is kept aside; a whole one is in the Parquet file.
    await (damaged ? rename(csvFile, folder.file('log', `${number}.torn.csv`)) : rm(csvFile)).catch(() => {});
    const resources = resourceFile(samples);
    await writeDurably(folder.file(resources), ndjson(measured.resources));
    return {
      schemaVersion: 1,
      round: number,
      block,
      variant: variant.name,
      attempt: this.#rounds.filter((one) => one.block === block && one.variant === variant.name).length + 1,
      ...withoutResources(measured),
      samples: await fileRef(folder.path, samples),
      resources: await fileRef(folder.path, resources),
      load: { ...counts, exitCode: measured.k6ExitCode },
    };
  }

  #diedTwice({ name }: Variant): boolean {
    const ofVariant = this.#rounds.filter(({ variant }) => variant === name);
    if (ofVariant.at(-1)?.excluded?.cause !== 'service-died') return false;
    return ofVariant.filter(({ excluded }) => excluded?.cause === 'service-died').length >= 2;
  }
}

function withoutResources({ resources: _, k6ExitCode: __, ...rest }: MeasuredRound) {
  return rest;
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

async function assertRoom(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const missing = freeBytesMin - bavail * bsize;
  if (missing <= 0) return;
  throw new DynoError(
    `There is no room for another round in ${path}: free ${Math.ceil(missing / 2 ** 20)} MiB, then go on with --resume.`,
    exitCodes.invalid,
  );
}
