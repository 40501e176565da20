import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Manifest, manifestSchema } from '@dyno/contracts/bundle';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { Parser, type ReadEntry } from 'tar';
import { DynoError } from './errors.ts';
import { bytes as bytesText } from './format.ts';
import { checkImported } from './imported.ts';
import { writeDurably } from './run/durable.ts';
import { readProcess } from './run/proc.ts';
import { ablationsFolder, makeResults, manifestName, RunFolder } from './run/results.ts';

const mebibyte = 1024 ** 2;

export interface ImportLimits {
  /** Of all files together, unpacked. */
  bytesMax: number;
  /** Unpacked over packed: samples are compressed already, text comes to about twenty. */
  ratioMax: number;
  manifestBytesMax: number;
}

const defaultLimits: ImportLimits = {
  bytesMax: 16 * 1024 ** 3,
  ratioMax: 200,
  manifestBytesMax: 8 * mebibyte,
};

/**
 * Unpacks an exported run or ablation below `results`, all of it or nothing. The archive is somebody else's: nothing in it
 * is believed before it was checked, and nothing is written outside a folder of our own before all of it was.
 */
export async function importRun(
  results: string,
  file: string,
  limits: ImportLimits = defaultLimits,
): Promise<RunFolder> {
  await makeResults(results);
  await removeLeftOvers(results);
  const place = join(results, `.import-${process.pid}`);
  await mkdir(place);
  try {
    const runId = await new Unpacking(results, place, file, limits).run();
    const folder = await RunFolder.open(place, runId);
    await checkImported(folder, file);
    const home = (await folder.read('plan.json')).ablation ? ablationsFolder(results) : results;
    await makeResults(home);
    await moveIn(folder.path, join(home, runId));
    return await RunFolder.open(home, runId);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** One archive on its way to the disk. */
class Unpacking {
  readonly #results: string;
  readonly #place: string;
  readonly #file: string;
  readonly #limits: ImportLimits;
  #manifest: Manifest | null = null;
  readonly #missing = new Map<string, Manifest['files'][number]>();
  #failure: unknown = null;
  #last: Promise<void> = Promise.resolve();

  constructor(results: string, place: string, file: string, limits: ImportLimits) {
    this.#results = results;
    this.#place = place;
    this.#file = file;
    this.#limits = limits;
  }

  async run(): Promise<string> {
    const parser = new Parser({ strict: true, maxDecompressionRatio: this.#limits.ratioMax });
    const ended = new Promise<void>((resolve) => {
      parser.on('error', (error: unknown) => {
        this.#fail(error);
        resolve();
      });
      parser.on('close', () => resolve());
    });
    parser.on('entry', (entry: ReadEntry) => this.#receive(entry));
    parser.on('ignoredEntry', (entry: ReadEntry) => this.#fail(this.#refusal(whatIsIt(entry))));
    await this.#feed(parser);
    await ended;
    await this.#last;
    if (this.#failure !== null) throw this.#told(this.#failure);
    const [missing] = this.#missing.keys();
    if (missing !== undefined) throw this.#refusal(`${missing} is in its manifest, but not in it`);
    if (this.#manifest === null) throw this.#refusal('it is empty');
    return this.#manifest.runId;
  }

  async #feed(parser: Parser): Promise<void> {
    try {
      for await (const chunk of createReadStream(this.#file)) {
        if (this.#failure !== null) break;
        if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), once(parser, 'close')]);
      }
    } catch (error) {
      this.#fail(error);
    }
    if (this.#failure === null) parser.end();
    else parser.abort(new Error('refused'));
  }

  /** Entries come one after another; each is taken when the one before it is on the disk. */
  #receive(entry: ReadEntry): void {
    this.#last = this.#last.then(async () => {
      try {
        if (this.#failure === null) await this.#take(entry);
      } catch (error) {
        this.#fail(error);
      } finally {
        entry.resume();
      }
    });
  }

  async #take(entry: ReadEntry): Promise<void> {
    if (entry.type !== 'File' && entry.type !== 'OldFile') throw this.#refusal(whatIsIt(entry));
    if (this.#manifest === null) return this.#takeManifest(entry);
    const { runId } = this.#manifest;
    const path = entry.path.startsWith(`${runId}/`) ? entry.path.slice(runId.length + 1) : '';
    const expected = this.#missing.get(path);
    // The manifest's paths were checked, so one that is not among them, or twice, is nothing of this run.
    if (!expected) throw this.#refusal(`${quoted(entry.path)} is not in its manifest`);
    if (entry.size !== expected.bytes) {
      throw this.#refusal(`${path} has ${entry.size} bytes, its manifest says ${expected.bytes}`);
    }
    this.#missing.delete(path);
    const sha256 = await writeEntry(entry, join(this.#place, runId, path));
    if (sha256 !== expected.sha256) {
      throw this.#refusal(`${path} is damaged: its hash is not that of the manifest`);
    }
  }

  async #takeManifest(entry: ReadEntry): Promise<void> {
    if (!entry.path.endsWith(`/${manifestName}`)) {
      throw this.#refusal(`it does not begin with a ${manifestName}, but with ${quoted(entry.path)}`);
    }
    if (entry.size > this.#limits.manifestBytesMax) throw this.#refusal('its manifest is too long');
    const text = Buffer.concat(await Array.fromAsync(entry)).toString('utf8');
    const manifest = this.#parseManifest(text);
    if (entry.path !== `${manifest.runId}/${manifestName}`) {
      throw this.#refusal(`its manifest is of ${manifest.runId}, but lies in ${quoted(dirname(entry.path))}`);
    }
    await this.#checkRoom(manifest);
    for (const listed of manifest.files) {
      if (this.#missing.has(listed.path)) throw this.#refusal(`its manifest has ${listed.path} twice`);
      this.#missing.set(listed.path, listed);
    }
    await writeDurably(join(this.#place, manifest.runId, manifestName), text);
    // From here on the other entries are compared with it.
    this.#manifest = manifest;
  }

  #parseManifest(text: string): Manifest {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#refusal('its manifest is not JSON');
    }
    const parsed = manifestSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw this.#refusal(`its manifest does not fit: ${issue?.path.join('.')}: ${issue?.message}`);
  }

  async #checkRoom({ runId, files }: Manifest): Promise<void> {
    const known = [this.#results, ablationsFolder(this.#results)];
    const home = known.find((one) => existsSync(join(one, runId)));
    if (home !== undefined) {
      throw new DynoError(
        `Run ${runId} is in ${home} already, and nothing is overwritten. Remove it first, or import with another DYNO_RESULTS.`,
      );
    }
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > this.#limits.bytesMax) {
      throw this.#refusal(
        `it would take ${bytesText(total)}, ${bytesText(this.#limits.bytesMax)} is the most`,
      );
    }
    const { bavail, bsize } = await statfs(this.#results);
    if (total > bavail * bsize) {
      throw new DynoError(
        `${this.#file} needs ${bytesText(total)} in ${this.#results}, and ${bytesText(bavail * bsize)} are free: free some space.`,
      );
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  #refusal(why: string): DynoError {
    return new DynoError(`${this.#file} was not imported: ${why}.`, exitCodes.invalid);
  }

  #told(error: unknown): unknown {
    if (error instanceof DynoError || !(error instanceof Error)) return error;
    if ('code' in error && error.code === 'ENOENT') return new DynoError(`There is no file ${this.#file}.`);
    if ('code' in error && error.code === 'ENOSPC') return error;
    return this.#refusal(`it is no whole archive of a run (${error.message})`);
  }
}

/** The hash of what was written; it is on the disk when this returns. */
async function writeEntry(entry: ReadEntry, path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of entry) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function moveIn(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
    throw new DynoError(`${to} has appeared meanwhile, and nothing is overwritten.`, exitCodes.usage, {
      cause: error,
    });
  }
  const folder = await open(dirname(to));
  await folder.sync().finally(() => folder.close());
}

/** Of imports that were killed. */
async function removeLeftOvers(results: string): Promise<void> {
  for (const name of await readdir(results)) {
    const pid = /^\.import-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && readProcess(Number(pid)) !== null)) continue;
    await rm(join(results, name), { recursive: true, force: true });
  }
}

function whatIsIt({ path, type }: ReadEntry): string {
  return `${quoted(path)} is no plain file (${type})`;
}

/** A name of a foreign archive, in a sentence of ours. */
function quoted(path: string): string {
  return JSON.stringify(path.slice(0, 100));
}
