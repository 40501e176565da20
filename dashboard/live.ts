import { type FSWatcher, watch } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Followed } from './lib/liveRun.ts';
import { isBetween, isMeasuring, type LiveWord } from './lib/liveWord.ts';

/** A browser keeps six connections to one address, and few people watch one machine. */
const streamsMax = 20;
/**
 * A run or an ablation is looked at when its files change, a moment later: a round begins with a look at the machine's speed,
 * which takes 0.2 s. `silence`: so often something is said in any case, and no more than that while a window is open, because
 * the page is watched on the machine that is measured.
 */
const delayMs = { change: 300, silence: 5_000, unwatched: 1_000 };

interface Watcher {
  streams: Set<ServerResponse>;
  last: { text: string; word: LiveWord; sentMs: number } | null;
  files: FSWatcher | null;
  /** When it will look again. */
  next: { timer: NodeJS.Timeout; atMs: number } | null;
  isLooking: boolean;
  /** Something happened since the last look began. */
  hasChanged: boolean;
}

/** One watcher for a run or an ablation, however many pages look at it; it ends with the last of them. */
export class LiveStreams {
  readonly #watchers = new Map<string, Watcher>();
  #count = 0;

  /** Answers false when there are too many streams already. */
  add(followed: Followed, response: ServerResponse): boolean {
    if (this.#count >= streamsMax) return false;
    this.#count += 1;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    const { folder } = followed;
    const known = this.#watchers.get(folder);
    const watcher = known ?? newWatcher();
    watcher.streams.add(response);
    this.#watchers.set(folder, watcher);
    if (watcher.last) response.write(watcher.last.text);
    response.once('close', () => {
      this.#count -= 1;
      watcher.streams.delete(response);
      if (watcher.streams.size > 0) return;
      if (watcher.next) clearTimeout(watcher.next.timer);
      watcher.files?.close();
      if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
    });
    if (!known) {
      watcher.files = this.#watchFiles(followed, watcher);
      this.#lookIn(followed, watcher, 0);
    }
    return true;
  }

  /** Ends every stream, so that the server can close. */
  close(): void {
    for (const { streams } of this.#watchers.values()) for (const stream of streams) stream.destroy();
  }

  /** Null where the system has no more watches to give; then the clock alone tells when to look. */
  #watchFiles(followed: Followed, watcher: Watcher): FSWatcher | null {
    try {
      const files = watch(followed.folder, () => {
        watcher.hasChanged = true;
        this.#lookIn(followed, watcher, delayMs.change);
      });
      files.once('error', () => {
        files.close();
        watcher.files = null;
      });
      return files;
    } catch {
      return null;
    }
  }

  /** The earlier one of what was planned counts. */
  #lookIn(followed: Followed, watcher: Watcher, waitMs: number): void {
    if (watcher.streams.size === 0 || watcher.isLooking) return;
    const atMs = performance.now() + waitMs;
    if (watcher.next && watcher.next.atMs <= atMs) return;
    if (watcher.next) clearTimeout(watcher.next.timer);
    watcher.next = { timer: setTimeout(() => void this.#look(followed, watcher), waitMs), atMs };
  }

  async #look(followed: Followed, watcher: Watcher): Promise<void> {
    watcher.next = null;
    watcher.isLooking = true;
    watcher.hasChanged = false;
    const found = await followed.read().catch(() => null);
    watcher.isLooking = false;
    const { last } = watcher;
    // What was said of the page stands until the files between two rounds are all written.
    const word = found && last && isBetween(found) ? { ...found, page: last.word.page } : found;
    const sinceMs = performance.now() - (last?.sentMs ?? Number.NEGATIVE_INFINITY);
    const text = word ? `data: ${JSON.stringify(word)}\n\n` : ': nothing written yet\n\n';
    const isNews = text !== last?.text && !(word && last && isMeasuring(word) && isMeasuring(last.word));
    // Said again after 5 s even where nothing changed: silence means that the connection is gone.
    if (isNews || sinceMs >= delayMs.silence - delayMs.change) {
      for (const stream of watcher.streams) stream.write(text);
      if (word) watcher.last = { text, word, sentMs: performance.now() };
    }
    const quietMs = watcher.files ? delayMs.silence : delayMs.unwatched;
    this.#lookIn(followed, watcher, watcher.hasChanged ? delayMs.change : quietMs);
  }
}

const newWatcher = (): Watcher => ({
  streams: new Set(),
  last: null,
  files: null,
  next: null,
  isLooking: false,
  hasChanged: false,
});
