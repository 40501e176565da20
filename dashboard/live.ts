import type { ServerResponse } from 'node:http';
import type { LiveWord } from './lib/liveWord.ts';
import { readLive } from './lib/results.ts';

/** A browser keeps six connections to one address, and few people watch one machine. */
const streamsMax = 20;
/** The page is watched on the machine that is measured: while a window is open it is told something every 5 s. */
const delayMs = { window: 5_000, otherwise: 1_000 };

interface Watcher {
  streams: Set<ServerResponse>;
  last: { text: string; word: LiveWord } | null;
  timer: NodeJS.Timeout | null;
}

/** One watcher per run, however many pages look at it; it ends with the last of them. */
export class LiveStreams {
  readonly #watchers = new Map<string, Watcher>();
  #count = 0;

  /** Answers false when there are too many streams already. */
  add(id: string, response: ServerResponse): boolean {
    if (this.#count >= streamsMax) return false;
    this.#count += 1;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    const watcher: Watcher = this.#watchers.get(id) ?? { streams: new Set(), last: null, timer: null };
    const isFirst = watcher.streams.size === 0;
    watcher.streams.add(response);
    this.#watchers.set(id, watcher);
    if (watcher.last) response.write(watcher.last.text);
    response.once('close', () => {
      this.#count -= 1;
      watcher.streams.delete(response);
      if (watcher.streams.size > 0) return;
      if (watcher.timer) clearTimeout(watcher.timer);
      if (this.#watchers.get(id) === watcher) this.#watchers.delete(id);
    });
    if (isFirst) void this.#look(id, watcher, 0);
    return true;
  }

  /** Ends every stream, so that the server can close. */
  close(): void {
    for (const { streams } of this.#watchers.values()) for (const stream of streams) stream.destroy();
  }

  async #look(id: string, watcher: Watcher, sinceSentMs: number): Promise<void> {
    const word = await readLive(id).catch(() => null);
    if (watcher.streams.size === 0) return;
    const measuring = word?.state === 'running' && word.stage === 'window';
    const pauseMs = measuring ? delayMs.window : delayMs.otherwise;
    const text = word ? `data: ${JSON.stringify(word)}\n\n` : ': nothing written yet\n\n';
    // Said again after 5 s even where nothing changed: silence means that the connection is gone.
    const isNews = text !== watcher.last?.text || sinceSentMs >= delayMs.window;
    if (isNews) for (const stream of watcher.streams) stream.write(text);
    if (isNews && word) watcher.last = { text, word };
    watcher.timer = setTimeout(
      () => void this.#look(id, watcher, isNews ? pauseMs : sinceSentMs + pauseMs),
      pauseMs,
    );
  }
}
