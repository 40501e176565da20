import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DynoError } from '../errors.ts';
import { fromDebian } from './debian.ts';
import { download } from './download.ts';
import { temporary } from './files.ts';
import { buildFromSource } from './goBuild.ts';
import type { Binary, Platform, Program } from './parts.ts';
import { findProgram, isExecutable } from './search.ts';
import { outputOf, runStep, type Work } from './work.ts';

/** Why a way does not lead to the program here. */
export type Refusal = { refused: string };
type Way = (program: Program, work: Work) => Promise<Binary | Refusal>;

/** PATH, what an earlier start built or fetched, Debian packages, the pinned release archive, the source. */
const ways: Way[] = [fromDyno, fromPath, fromStore, viaDebian, viaArchive, viaSource];

/** The program, from the first way that leads to it; the error says what to install by hand. */
export async function install(program: Program, work: Work): Promise<Binary> {
  const refusals: string[] = [];
  for (const way of ways) {
    work.signal.throwIfAborted();
    const found = await way(program, work);
    if ('path' in found) return found;
    refusals.push(found.refused);
  }
  throw new DynoError(
    [
      `${program.title} is not on this machine, and no way to get it is open here:`,
      ...refusals.map((refusal) => `  - ${refusal}`),
      `Install ${program.byHand}, or start Docker, and start again.`,
    ].join('\n'),
  );
}

/** What `install` would do, without doing it. */
export async function foresee(program: Program, work: Pick<Work, 'settings' | 'folders'>): Promise<string> {
  if (program.ours === true) return 'a part of Dyno';
  for (const found of [await fromPath(program, work), await fromStore(program, work)]) {
    if ('path' in found) return `${found.path} (${found.version}, ${found.way})`;
  }
  const rest = [
    program.debian && `Debian package ${program.debian.packages.join(', ')}`,
    archiveFile(program, work) ? 'release archive' : null,
    program.source && `build from ${program.source.folder}`,
  ];
  return `missing; ${rest.filter((way) => way !== null).join(', else ')}`;
}

async function fromDyno(program: Program): Promise<Binary | Refusal> {
  if (program.ours !== true) return { refused: 'it does not come with Dyno' };
  return { path: process.execPath, version: process.versions.node, way: 'part of Dyno' };
}

/** Every folder of PATH, because an old version may stand before a good one. */
export async function fromPath(
  program: Program,
  { folders }: Pick<Work, 'folders'>,
): Promise<Binary | Refusal> {
  const { names, atLeast } = program.onPath;
  let refused = `no ${names.join(' or ')} on PATH`;
  for (const folder of folders) {
    for (const name of names) {
      const path = findProgram([name], [folder]);
      if (path === null) continue;
      const version = await versionOf(program, path);
      if (version !== null && isAtLeast(version, atLeast)) return { path, version, way: 'PATH' };
      refused = `${path} is ${version ?? 'of no version that can be read'}, needed is ${atLeast.join('.')} or newer`;
    }
  }
  return { refused };
}

async function fromStore(program: Program, { settings }: Pick<Work, 'settings'>): Promise<Binary | Refusal> {
  const stored = await fromStorePath(program, settings);
  if (stored) return { ...stored, way: 'earlier start' };
  const unpacked = program.debian && join(debianFolder(settings.project, program), program.debian.binary);
  for (const path of [namedLink(program, settings), unpacked]) {
    const version = path && isExecutable(path) ? await versionOf(program, path) : null;
    if (path && version !== null) return { path, version, way: 'Debian package' };
  }
  return { refused: `nothing in ${dirname(storePath(program, settings))} from an earlier start` };
}

/** What is in the store has its version in its name; here it only has to run. */
async function fromStorePath(program: Program, settings: Work['settings']) {
  const path = storePath(program, settings);
  if (!isExecutable(path) || (await outputOf(path, program.onPath.versionArgs)) === null) return null;
  return { path, version: pinned(program, settings) };
}

async function viaDebian(program: Program, work: Work): Promise<Binary | Refusal> {
  if (program.debian === null) return { refused: 'there is no Debian package of it' };
  const folder = debianFolder(work.settings.project, program);
  const result = await fromDebian(program, program.debian, folder, work);
  if ('refused' in result) return result;
  const path = await named(program, result.path, work);
  const version = await versionOf(program, path);
  if (version === null) return { refused: `Debian's ${result.path} does not run here` };
  return { path, version, way: 'Debian package' };
}

/** A program that looks at the name it is called by gets that name. */
async function named(program: Program, path: string, { settings }: Work): Promise<string> {
  if (program.onPath.names.includes(basename(path))) return path;
  const link = namedLink(program, settings);
  await mkdir(dirname(link), { recursive: true });
  const part = temporary(link);
  await symlink(path, part);
  await rename(part, link);
  return link;
}

function namedLink(program: Program, { project }: Work['settings']): string {
  return join(project, '.dyno', 'bin', program.onPath.names[0] ?? program.name);
}

async function viaArchive(program: Program, work: Work): Promise<Binary | Refusal> {
  const file = archiveFile(program, work);
  if (!file) return { refused: `no release archive with a known checksum for ${platform()}` };
  const path = storePath(program, work.settings);
  const folder = temporary(path);
  try {
    await mkdir(folder, { recursive: true });
    work.tell({ part: program.name, state: 'installing', detail: `downloading ${file.url}` });
    const archive = join(folder, 'archive.tar.gz');
    const refused = await download({
      url: file.url,
      sha256: file.sha256,
      path: archive,
      signal: work.signal,
    }).then(
      () => null,
      (error: Error) => error.message,
    );
    work.signal.throwIfAborted();
    if (refused !== null) return { refused };
    await runStep(work, {
      part: program.name,
      state: 'installing',
      what: `unpack ${program.name}`,
      doing: 'unpacking',
      command: 'tar',
      args: ['-xzf', archive, '-C', folder, file.member],
    });
    await rename(join(folder, file.member), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const stored = await fromStorePath(program, work.settings);
  return stored
    ? { ...stored, way: 'release archive' }
    : { refused: `${path} from ${file.url} does not run here` };
}

async function viaSource(program: Program, work: Work): Promise<Binary | Refusal> {
  if (program.source === null) return { refused: 'it is not built from source here' };
  const path = storePath(program, work.settings);
  const refusal = await buildFromSource(program, program.source, path, work);
  if (refusal) return refusal;
  const stored = await fromStorePath(program, work.settings);
  return stored
    ? { ...stored, way: 'built from source' }
    : { refused: `${path}, built from ${program.source.folder}, does not run` };
}

/** Shared by every home of this checkout; the version in the name is the stamp, and a rename puts it there. */
function storePath(program: Program, settings: Work['settings']): string {
  return join(settings.project, '.dyno', 'bin', `${program.name}-${pinned(program, settings)}`);
}

const pinned = ({ version }: Program, { versions }: Work['settings']) =>
  version === null ? 'any' : versions[version];

const debianFolder = (project: string, program: Program) => join(project, '.dyno', 'debian', program.name);

function archiveFile(program: Program, { settings }: Pick<Work, 'settings'>) {
  const { archive } = program;
  const here = platformOrNull();
  return here && archive?.version === pinned(program, settings) ? archive.files[here] : undefined;
}

async function versionOf({ onPath }: Program, path: string): Promise<string | null> {
  const output = await outputOf(path, onPath.versionArgs);
  return (output && onPath.version.exec(output)?.[1]) ?? null;
}

function isAtLeast(version: string, [major, minor]: [number, number]): boolean {
  const [foundMajor = 0, foundMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

export function platform(): Platform {
  const here = platformOrNull();
  if (here) return here;
  throw new DynoError(
    `Dyno measures through /proc and runs on Linux (x64, arm64); this is ${process.platform} ${process.arch}. Use a Linux machine, a virtual one, or WSL 2.`,
  );
}

function platformOrNull(): Platform | null {
  const { platform: os, arch } = process;
  return os === 'linux' && (arch === 'x64' || arch === 'arm64') ? `${os}-${arch}` : null;
}
