import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Sockets and nginx's files: this supervisor's alone, named for it, so that the next one knows whose it was. */
export async function makeRunFolder(): Promise<string> {
  await sweep();
  return mkdtemp(join(tmpdir(), `shop-${process.pid}-`));
}

export async function removeRunFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** What was killed could not remove its own. */
async function sweep(): Promise<void> {
  const { uid } = userInfo();
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^shop-(\d+)-\w{6}$/.exec(name) ?? [];
    if (pid === undefined || lives(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    // One that cannot be removed, or that another start removes at this moment, keeps nobody from starting.
    const found = await lstat(folder).catch(() => null);
    if (found?.isDirectory() && found.uid === uid) await removeRunFolder(folder).catch(() => {});
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
