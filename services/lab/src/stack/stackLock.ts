import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** One at a time in a folder: starts in a home, builds in a checkout. */
export async function takeStackLock(
  home: string,
  signal: AbortSignal,
  onWait: () => void,
): Promise<{ release(): void }> {
  for (let waited = false; ; waited = true) {
    signal.throwIfAborted();
    const lock = tryStackLock(home);
    if (lock) return lock;
    if (!waited) onWait();
    await pause(200);
  }
}

/** Null when somebody else has it. The kernel frees it with its process, even on kill -9. */
export function tryStackLock(folder: string): { release(): void } | null {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, 'stack.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { release: () => lock.close() };
  } catch (error) {
    lock.close();
    if (error instanceof Error && error.message.includes('locked')) return null;
    throw error;
  }
}
