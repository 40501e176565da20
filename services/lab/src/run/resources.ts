import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ResourceSample } from '@dyno/contracts/run';
import type { Clock } from './clock.ts';
import { readUse } from './proc.ts';

/** Something whose processes are watched together: the service, MySQL, k6, ... */
export interface Watched {
  process: string;
  /** All its living processes; asked rarely, because finding them means looking through /proc. */
  pids(): number[] | Promise<number[]>;
  /** Its processes come and go between two looks, as a browser's do: what ended children have used counts, too. */
  withEnded?: boolean;
}

export interface Totals {
  monotonicMs: number;
  processes: Map<string, Counter & { rssBytes: number }>;
  machine: MachineTimes;
}

export interface Counter {
  cpuSeconds: number;
  contextSwitches: number;
}

export interface MachineTimes {
  busyCpuSeconds: number;
  stealCpuSeconds: number;
}

/** Seconds between two looks for processes that came. */
const findEverySeconds = 5;

/** Adds up what processes have used since the watch began, also of those that have ended since. */
export class ResourceWatch {
  /** Once a second, from the start of the watch; kept in memory, because writing would disturb. */
  readonly samples: ResourceSample[] = [];
  readonly #clock: Clock;
  readonly #groups: Group[];
  #lastSampleMs: number;

  static async start(clock: Clock, watched: readonly Watched[]): Promise<ResourceWatch> {
    const watch = new ResourceWatch(clock, watched);
    await watch.find();
    return watch;
  }

  private constructor(clock: Clock, watched: readonly Watched[]) {
    this.#clock = clock;
    this.#groups = watched.map((one) => new Group(one));
    this.#lastSampleMs = clock.monotonicMs();
  }

  /** Exact totals at this moment; `find` first where a process may have come. */
  totals(): Totals {
    const monotonicMs = this.#clock.monotonicMs();
    for (const group of this.#groups) group.advance();
    return {
      monotonicMs,
      processes: new Map(
        this.#groups.map((group) => [group.name, { ...group.counter, rssBytes: group.rssBytes }]),
      ),
      machine: readMachineTimes(),
    };
  }

  async find(): Promise<void> {
    for (const group of this.#groups) await group.find();
  }

  /** Takes a sample every second until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (let second = 1; !signal.aborted; second += 1) {
      await pause(1000, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (second % findEverySeconds === 0) await this.find();
      this.#sample();
    }
  }

  #sample(): void {
    const now = this.#clock.monotonicMs();
    const seconds = (now - this.#lastSampleMs) / 1000;
    if (seconds <= 0) return;
    this.#lastSampleMs = now;
    const timeMs = this.#clock.wallMs();
    for (const group of this.#groups) {
      group.advance();
      this.samples.push({
        timeMs,
        process: group.name,
        cpuSeconds: group.takeSinceSample(),
        seconds,
        rssBytes: group.rssBytes,
      });
    }
  }
}

/** The processes of one name, with what they have used since they were first seen. */
class Group {
  readonly name: string;
  readonly counter: Counter = { cpuSeconds: 0, contextSwitches: 0 };
  rssBytes = 0;
  readonly #watched: Watched;
  readonly #last = new Map<number, Counter>();
  #found = false;
  /** Of the living and of children that ended, before the watch began. */
  #cpuAtStart = 0;
  #cpuAtSample = 0;

  constructor(watched: Watched) {
    this.name = watched.process;
    this.#watched = watched;
  }

  /** What a process used before the watch began is not counted; one that comes later counts from its birth. */
  async find(): Promise<void> {
    for (const pid of await this.#watched.pids()) {
      if (this.#last.has(pid)) continue;
      const use = this.#found ? null : readUse(pid);
      this.#last.set(pid, use ?? { cpuSeconds: 0, contextSwitches: 0 });
      if (use) this.#cpuAtStart += use.cpuSeconds + use.endedCpuSeconds;
    }
    this.#found = true;
  }

  advance(): void {
    this.rssBytes = 0;
    const before = this.counter.cpuSeconds;
    let withEnded = 0;
    for (const [pid, last] of this.#last) {
      const use = readUse(pid);
      if (!use) continue;
      // Threads that ended took their switches with them: never backwards.
      this.counter.cpuSeconds += Math.max(0, use.cpuSeconds - last.cpuSeconds);
      this.counter.contextSwitches += Math.max(0, use.contextSwitches - last.contextSwitches);
      this.rssBytes += use.rssBytes;
      withEnded += use.cpuSeconds + use.endedCpuSeconds;
      this.#last.set(pid, use);
    }
    // A child's time goes to its parent when it ends: the sum over the living loses nothing and counts nothing twice. For
    // a moment one that has ended is in nobody's sum, so never backwards here either.
    if (this.#watched.withEnded) this.counter.cpuSeconds = Math.max(before, withEnded - this.#cpuAtStart);
  }

  takeSinceSample(): number {
    const used = this.counter.cpuSeconds - this.#cpuAtSample;
    this.#cpuAtSample = this.counter.cpuSeconds;
    return Math.max(0, used);
  }
}

/** First line of /proc/stat, in ticks of 10 ms: user nice system idle iowait irq softirq steal (proc(5)). */
function readMachineTimes(): MachineTimes {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
  return { busyCpuSeconds: (user + nice + system + irq + softirq) / 100, stealCpuSeconds: steal / 100 };
}
