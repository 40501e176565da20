import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** One start at a time in a home. The kernel frees the lock with its process, even on kill -9. */
export async function takeStackLock(
  home: string,
  signal: AbortSignal,
  onWait: () => void,
): Promise<{ release(): void }> {
  await mkdir(home, { recursive: true });
  for (let waited = false; ; waited = true) {
    signal.throwIfAborted();
    const lock = new DatabaseSync(join(home, 'stack.lock'), { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return { release: () => lock.close() };
    } catch (error) {
      lock.close();
      if (!(error instanceof Error && error.message.includes('locked'))) throw error;
    }
    if (!waited) onWait();
    await pause(200);
  }
}
