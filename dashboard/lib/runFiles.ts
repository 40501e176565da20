import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runIdSchema } from '@dyno/contracts/run';

/** A file of a run that is not given out: `absent` is normal while a run goes on, the rest is not. */
export class RunFileError extends Error {
  override readonly name = 'RunFileError';
  readonly kind: 'absent' | 'refused' | 'too-large';

  constructor(kind: RunFileError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface OpenedFile {
  handle: FileHandle;
  bytes: number;
  /** Changes whenever the file does. */
  version: string;
}

const segment = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;

/** The folder of all runs; the command that starts the dashboard names it. */
export function resultsFolder(): string {
  const folder = process.env.DYNO_RESULTS;
  if (!folder) throw new Error('DYNO_RESULTS is not set: it names the folder of the runs to show.');
  return folder;
}

/**
 * Opens one file of a run, and nothing else: a run folder may have come from somebody else. No symbolic links on the way (a link
 * could lead out of the results), no hard links, no devices or pipes. The path is compared again after the open, by device and
 * inode, so that swapping a folder in between changes nothing; whoever reads then reads from this descriptor.
 */
export async function openRunFile(id: string, path: string, maxBytes: number): Promise<OpenedFile> {
  if (!runIdSchema.safeParse(id).success) throw new RunFileError('refused', 'not a run id');
  return openBelow(resultsFolder(), [id, ...path.split('/')], path, maxBytes);
}

/** Where sessions of `dyno profile` lie, beside the runs. */
const sessionsName = 'profiles';

/** One file of a session of `dyno profile`, with the same care. */
export async function openProfileFile(id: string, path: string, maxBytes: number): Promise<OpenedFile> {
  if (!runIdSchema.safeParse(id).success) throw new RunFileError('refused', 'not a session id');
  return openBelow(resultsFolder(), [sessionsName, id, ...path.split('/')], path, maxBytes);
}

/** Where ablations lie, beside the runs. */
export const ablationsName = 'ablations';

/** One file of an ablation, with the same care. */
export async function openAblationFile(id: string, path: string, maxBytes: number): Promise<OpenedFile> {
  if (!runIdSchema.safeParse(id).success) throw new RunFileError('refused', 'not an ablation id');
  return openBelow(resultsFolder(), [ablationsName, id, ...path.split('/')], path, maxBytes);
}

/** Folders that can be ablations, newest first. */
export const ablationIds = (): Promise<string[]> => idsBelow(ablationsName);

/** Folders that can be sessions, newest first. */
export const profileIds = (): Promise<string[]> => idsBelow(sessionsName);

async function idsBelow(name: string): Promise<string[]> {
  const root = join(resultsFolder(), name);
  const isFolder = (await lstat(root).catch(() => null))?.isDirectory() ?? false;
  const entries = isFolder ? await readdir(root, { withFileTypes: true }) : [];
  return entries
    .filter((entry) => entry.isDirectory() && runIdSchema.safeParse(entry.name).success)
    .map((entry) => entry.name)
    .sort()
    .reverse();
}

/** A file that is about all runs, beside their folders; opened with the same care. */
async function openResultsFile(name: string, maxBytes: number): Promise<OpenedFile> {
  return openBelow(resultsFolder(), [name], name, maxBytes);
}

/** Any file below a folder of ours, with the same care; `path` is what it is called in an error. */
export async function openBelow(
  folder: string,
  segments: string[],
  path: string,
  maxBytes: number,
): Promise<OpenedFile> {
  refuseOddNames(segments);
  const root = await realpath(folder).catch(() => {
    throw new RunFileError('absent', `there is no ${folder}`);
  });
  const expected = join(root, ...segments);
  const handle = await open(expected, readOnly).catch((error) => {
    throw notOpened(path, error);
  });
  try {
    const opened = await handle.stat();
    const real = await realpath(expected);
    refuseOddFiles(path, { expected, real, opened, named: await stat(real) }, maxBytes);
    return { handle, bytes: opened.size, version: versionOf(opened) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function refuseOddNames(segments: string[]): void {
  if (!segments.every((part) => segment.test(part))) throw new RunFileError('refused', 'not a file of a run');
}

function notOpened(path: string, error: NodeJS.ErrnoException): RunFileError {
  if (error.code === 'ELOOP') return new RunFileError('refused', `${path} is a symbolic link`);
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    return new RunFileError('absent', `${path} does not exist`);
  return new RunFileError('refused', `${path} cannot be opened (${error.code ?? error.message})`);
}

/** `opened` is what the descriptor reads, `named` what the path leads to now. */
function refuseOddFiles(
  path: string,
  { expected, real, opened, named }: { expected: string; real: string; opened: Stats; named: Stats },
  maxBytes: number,
): void {
  if (real !== expected || named.ino !== opened.ino || named.dev !== opened.dev)
    throw new RunFileError('refused', `${path} leads out of the run's folder`);
  if (!opened.isFile()) throw new RunFileError('refused', `${path} is not a file`);
  if (opened.nlink > 1)
    throw new RunFileError(
      'refused',
      `${path} is a hard link, which may lead outside: copy the run's folder instead`,
    );
  if (opened.size > maxBytes)
    throw new RunFileError(
      'too-large',
      `${path} has ${opened.size.toLocaleString('en')} bytes, more than the ${maxBytes.toLocaleString('en')} that are read`,
    );
}

const versionOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string =>
  `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;

/**
 * The same for whoever reads the small files of thousands of runs, where a turn of the event loop for each step would cost more
 * than the files themselves. `root` is `realResultsFolder()`, asked for once.
 */
export function readRunFileSync(root: string, id: string, path: string, maxBytes: number): string {
  if (!runIdSchema.safeParse(id).success) throw new RunFileError('refused', 'not a run id');
  const segments = path.split('/');
  refuseOddNames(segments);
  const expected = join(root, id, ...segments);
  const descriptor = openOrRefuse(expected, path);
  try {
    const opened = fstatSync(descriptor);
    const real = realpathSync.native(expected);
    refuseOddFiles(path, { expected, real, opened, named: statSync(real) }, maxBytes);
    const buffer = Buffer.alloc(opened.size);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, opened.size, 0));
  } finally {
    closeSync(descriptor);
  }
}

function openOrRefuse(expected: string, path: string): number {
  try {
    return openSync(expected, readOnly);
  } catch (error) {
    throw notOpened(path, error as NodeJS.ErrnoException);
  }
}

/** Where the results really are; null where there are none. */
export function realResultsFolder(): string | null {
  try {
    return realpathSync.native(resultsFolder());
  } catch {
    return null;
  }
}

/** Of a file of a run, whatever it is: another one, or other content, has another version. Empty where nothing is there. */
export function versionOfRunFile(root: string, id: string, file: string): string {
  const stats = lstatSync(`${root}/${id}/${file}`, { throwIfNoEntry: false });
  return stats ? versionOf(stats) : '';
}

export async function readRunFile(id: string, path: string, maxBytes: number): Promise<string> {
  return contentOf(await openRunFile(id, path, maxBytes));
}

export async function readResultsFile(name: string, maxBytes: number): Promise<string> {
  return contentOf(await openResultsFile(name, maxBytes));
}

/** Closes it. */
export async function contentOf({ handle, bytes }: OpenedFile): Promise<string> {
  try {
    // Exactly what was sized: the file may grow while it is read.
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Every folder that can be a run, newest name last; files, links and other names are not runs. */
export async function runIds(): Promise<string[]> {
  const entries = await readdir(resultsFolder(), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && isRunName(entry.name))
    .map((entry) => entry.name)
    .sort();
}

const isRunName = (name: string): boolean =>
  name !== sessionsName && name !== ablationsName && runIdSchema.safeParse(name).success;

/** Whether this run is there: a real folder with the name of a run. */
export async function isRun(id: string): Promise<boolean> {
  if (!isRunName(id)) return false;
  const stats = await lstat(join(resultsFolder(), id)).catch(() => null);
  return stats?.isDirectory() ?? false;
}

/** `results/latest` is a link that Dyno makes; it is resolved to an id, never followed. */
export async function latestRunId(): Promise<string | null> {
  const target = await readlink(join(resultsFolder(), 'latest')).catch(() => null);
  const id = target === null ? null : basename(target);
  return id !== null && (await isRun(id)) ? id : null;
}
