import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporary } from './files.ts';
import type { Refusal } from './install.ts';
import type { DebianWay, Program } from './parts.ts';
import { findProgram, isExecutable } from './search.ts';
import { outputOf, runStep, type Work } from './work.ts';

/** apt takes a lock: one at a time, also among ourselves. */
let queue: Promise<unknown> = Promise.resolve();
let listsAreFresh = false;

export async function fromDebian(
  program: Program,
  way: DebianWay,
  folder: string,
  work: Work,
): Promise<{ path: string } | Refusal> {
  if (['apt-get', 'apt-cache', 'dpkg-deb'].some((name) => findProgram([name], work.folders) === null)) {
    return { refused: 'this is no Debian or Ubuntu' };
  }
  const root = await rootPrefix(work);
  if (way.how === 'install' && root === null) {
    return {
      refused: `Debian package ${way.packages.join(', ')}: this user is neither root nor may use sudo without a password`,
    };
  }
  const turn = queue.then(() => take(program, way, folder, root, work));
  queue = turn.catch(() => {});
  return turn;
}

/** What to put before a command that needs root: nothing, sudo, or null when there is no way. */
async function rootPrefix(work: Work): Promise<string[] | null> {
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram(['sudo'], work.folders);
  return sudo === null || (await outputOf(sudo, ['-n', 'true'])) === null ? null : [sudo, '-n'];
}

async function take(
  program: Program,
  way: DebianWay,
  folder: string,
  root: string[] | null,
  work: Work,
): Promise<{ path: string } | Refusal> {
  work.signal.throwIfAborted();
  const path = way.how === 'install' ? way.binary : join(folder, way.binary);
  const attempt = () =>
    way.how === 'install'
      ? installed(program, way, root ?? [], work)
      : unpacked(program, way, folder, root, work);
  try {
    if (!(await hasCandidates(way.packages, work))) await updateLists(program, root ?? [], work);
    await attempt().catch(async (error: Error) => {
      // Lists from last month name files that the mirror has replaced.
      if (listsAreFresh || work.signal.aborted) throw error;
      await updateLists(program, root ?? [], work);
      await attempt();
    });
  } catch (error) {
    work.signal.throwIfAborted();
    return {
      refused: `Debian package ${way.packages.join(', ')}: ${error instanceof Error ? error.message : error}`,
    };
  }
  return isExecutable(path)
    ? { path }
    : { refused: `Debian package ${way.packages.join(', ')} has no ${path}` };
}

async function hasCandidates(packages: string[], work: Work): Promise<boolean> {
  const policy = await outputOf(named('apt-cache', work), ['policy', ...packages], { LC_ALL: 'C' });
  return (policy?.match(/Candidate: (?!\(none\))/g) ?? []).length === packages.length;
}

async function updateLists(program: Program, root: string[], work: Work): Promise<void> {
  await apt(program, 'reading the lists of Debian packages', root, ['update'], work);
  listsAreFresh = true;
}

/** These packages hold programs only: nothing is started, nothing removed. */
async function installed(program: Program, way: DebianWay, root: string[], work: Work): Promise<void> {
  const doing = `installing Debian package ${way.packages.join(', ')}`;
  const args = ['install', '--yes', '--no-install-recommends', '--no-remove', ...way.packages];
  await apt(program, doing, root, args, work);
}

async function unpacked(
  program: Program,
  way: DebianWay,
  folder: string,
  root: string[] | null,
  work: Work,
): Promise<void> {
  const part = temporary(folder);
  await mkdir(part, { recursive: true });
  try {
    if (way.libraries && root !== null) {
      await apt(
        program,
        `installing ${way.libraries.join(', ')}`,
        root,
        ['install', '--yes', '--no-install-recommends', '--no-remove', ...way.libraries],
        work,
        // Named otherwise in another release, or there already: whether the program runs is seen at its end.
      ).catch(() => work.signal.throwIfAborted());
    }
    await apt(
      program,
      `fetching Debian package ${way.packages.join(', ')}`,
      [],
      ['download', ...way.packages],
      work,
      part,
    );
    for (const file of (await readdir(part)).filter((name) => name.endsWith('.deb'))) {
      await runStep(work, {
        ...stepOf(program, 'unpacking'),
        command: named('dpkg-deb', work),
        args: ['-x', join(part, file), join(part, 'root')],
      });
    }
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(join(part, 'root'), folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function apt(
  program: Program,
  doing: string,
  root: string[],
  args: string[],
  work: Work,
  cwd = work.settings.project,
): Promise<void> {
  const options = [
    '-q',
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Acquire::Retries=1',
    '-o',
    'Acquire::http::Timeout=15',
  ];
  const line = [
    ...root,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    named('apt-get', work),
    ...options,
    ...args,
  ];
  await runStep(work, {
    ...stepOf(program, doing),
    command: line[0] ?? 'env',
    args: line.slice(1),
    cwd,
    whole: true,
  });
}

/** `fromDebian` has made sure that it is there. */
function named(name: string, work: Work): string {
  return findProgram([name], work.folders) ?? name;
}

function stepOf(program: Program, doing: string) {
  return { part: program.name, state: 'installing' as const, what: `install ${program.name}`, doing };
}
