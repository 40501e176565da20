import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { end, type StopOptions } from './end.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { readLogTail } from './logTail.ts';
import {
  allProcesses,
  bootId,
  type Identity,
  isAlive,
  markVariable,
  membersOf,
  type ProcessStat,
  readProcessOrZombie,
} from './proc.ts';
import { Reaper } from './reaperHandle.ts';

/** Who a process belongs to: the stack that `dyno up` leaves running, or one run. */
export type Owner = { kind: 'stack' } | { kind: 'run'; runId: string };

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartSpec {
  what: string;
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** For its temporary files, made for it alone; gone when it has stopped, or with the next command's `sweep`. */
  folder?: string;
  /** How `stop` ends it where the call does not say; also later, by `dyno down`. SIGTERM and 5 s by default. */
  stopSignal?: LedgerEntry['stopSignal'];
  graceMs?: number;
}

/** A program that Dyno started, with everything that the program started in turn. */
export interface Child {
  pid: number;
  what: string;
  logFile: string;
  /** Of the program itself; its own children may outlive it, see `members`. */
  exited: Promise<Exit>;
  hasExited(): boolean;
  /** Returns when the last member has gone. */
  stop(options?: Partial<StopOptions>): Promise<void>;
  logTail(lines: number): Promise<string>;
  /** All living pids of its group or mark. */
  members(): number[];
}

/** Starts programs so that each can be found and ended from outside, with all its descendants. */
export class Processes {
  readonly #owner: Owner;
  readonly #mark: string;
  readonly #ledger: Ledger;
  readonly #reaper: Reaper | null;
  readonly #children: StartedChild[] = [];
  #count = 0;

  /** With `reap` everything ends with this process, even on kill -9; without, it lives on until `stopLiving`. */
  static async open(options: { home: string; owner: Owner; reap: boolean }): Promise<Processes> {
    const ledger = new Ledger(options.home);
    forgetTheDead(ledger);
    const mark = `${options.owner.kind}-${randomBytes(8).toString('hex')}`;
    return new Processes(options.owner, mark, ledger, options.reap ? new Reaper(mark) : null);
  }

  private constructor(owner: Owner, mark: string, ledger: Ledger, reaper: Reaper | null) {
    this.#owner = owner;
    this.#mark = mark;
    this.#ledger = ledger;
    this.#reaper = reaper;
  }

  /** Returns when the child is in the ledger; whether it is ready is for the caller to find out. */
  async start(spec: StartSpec): Promise<Child> {
    this.#count += 1;
    const mark = `${this.#mark}.${this.#count}`;
    // With a reaper the mark alone is enough for whatever happens in between, but not for a folder.
    if (!this.#reaper || spec.folder !== undefined) this.#enter(spec, mark, null);
    const child = await spawnDetached(spec, mark).catch(async (error: unknown) => {
      await removeOwnFolder(spec.folder);
      throw error;
    });
    const started = new StartedChild(spec, mark, child, (identity) => this.#handOver(spec, mark, identity));
    this.#children.push(started);
    try {
      started.handOverLeader();
    } catch (error) {
      // What the ledger does not know must not live.
      await started.stop({ graceMs: 0 });
      throw error;
    }
    return started;
  }

  /** May be called again while it waits: `{ graceMs: 0 }` kills at once. */
  async stopAll(options: Partial<StopOptions> = {}): Promise<void> {
    const results = await Promise.allSettled(this.#children.map((child) => child.stop(options)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** With `reap` stops what is left; without, lets it live and lets this process end. */
  async close(): Promise<void> {
    if (this.#reaper) {
      await this.stopAll();
      await this.#reaper.dismiss();
      return;
    }
    for (const child of this.#children) child.letGo();
  }

  #handOver(spec: StartSpec, mark: string, identity: Identity): void {
    this.#reaper?.watch(identity);
    this.#enter(spec, mark, identity);
  }

  #enter(spec: StartSpec, mark: string, identity: Identity | null): void {
    this.#ledger.append({
      ...(identity ?? { pid: null, pgid: null, startTime: null }),
      bootId: bootId(),
      mark,
      what: spec.what,
      log: spec.logFile,
      ...(spec.folder === undefined ? {} : { folder: spec.folder }),
      owner: this.#owner,
      ownerPid: process.pid,
      ownerStartTime: startTimeOf(process.pid),
      reap: this.#reaper !== null,
      ...stopOptionsOf(spec),
    });
  }
}

/** Ends what dead owners left that was to end with them; one line for each. */
export async function sweep(home: string): Promise<string[]> {
  const ledger = new Ledger(home);
  const entries = ledger.entries();
  const left = living(entries).filter(({ entry }) => entry.reap && !ownerLives(entry));
  await Promise.all(left.map((child) => endLiving(child, 0)));
  for (const entry of entries) if (entry.reap && !ownerLives(entry)) await removeOwnFolder(entry.folder);
  forgetTheDead(ledger);
  return left.map(
    ({ entry, members }) =>
      `killed ${entry.what} (${pidList(members)}), left behind by ${ownerName(entry.owner)} (pid ${entry.ownerPid})`,
  );
}

export async function livingOf(
  home: string,
  owner: Owner['kind'],
): Promise<{ pid: number; what: string; logFile: string }[]> {
  return living(new Ledger(home).entries())
    .filter(({ entry }) => entry.owner.kind === owner)
    .map(({ entry, known, members }) => ({
      pid: mainPid(known, members),
      what: entry.what,
      logFile: entry.log,
    }));
}

/** Politely, all at once; one line for each. */
export async function stopLiving(home: string, owner: Owner['kind']): Promise<string[]> {
  const ledger = new Ledger(home);
  const left = living(ledger.entries()).filter(({ entry }) => entry.owner.kind === owner);
  await Promise.all(left.map((child) => endLiving(child, child.entry.graceMs)));
  forgetTheDead(ledger);
  return left.map(({ entry, members }) => `stopped ${entry.what} (${pidList(members)})`);
}

function endLiving({ entry, known }: Living, graceMs: number): Promise<void> {
  return end({ what: entry.what, known, mark: entry.mark }, { signal: entry.stopSignal, graceMs });
}

class StartedChild implements Child {
  readonly pid: number;
  readonly what: string;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  readonly #spec: StartSpec;
  readonly #mark: string;
  readonly #process: ChildProcess;
  readonly #handOver: (identity: Identity) => void;
  readonly #known: Identity[] = [];
  #stopped = false;

  constructor(
    spec: StartSpec,
    mark: string,
    child: ChildProcess & { pid: number },
    handOver: (identity: Identity) => void,
  ) {
    this.pid = child.pid;
    this.what = spec.what;
    this.logFile = spec.logFile;
    this.#spec = spec;
    this.#mark = mark;
    this.#process = child;
    this.#handOver = handOver;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#handOverOrphans();
        resolve({ code, signal });
      });
    });
  }

  /** One that has ended at once is a zombie here still; what it left behind carries its mark. */
  handOverLeader(): void {
    const stat = readProcessOrZombie(this.pid);
    if (stat) this.#hand(stat);
  }

  hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async stop(options: Partial<StopOptions> = {}): Promise<void> {
    if (this.#stopped) return;
    const { stopSignal: signal, graceMs } = stopOptionsOf(this.#spec);
    const target = { what: this.what, known: this.#known, mark: this.#mark };
    await end(target, { signal, graceMs, ...options });
    await this.exited;
    await removeOwnFolder(this.#spec.folder);
    this.#stopped = true;
  }

  async logTail(lines: number): Promise<string> {
    return readLogTail(this.logFile, lines);
  }

  members(): number[] {
    return this.#members().map((one) => one.pid);
  }

  letGo(): void {
    this.#process.unref();
  }

  #members(): ProcessStat[] {
    return membersOf({ known: this.#known, hasMark: (mark) => mark === this.#mark });
  }

  /** When the leader has gone its pid proves nothing any more; those that it left stand for the group from here on. */
  #handOverOrphans(): void {
    const orphans = allProcesses().filter((one) => one.pgid === this.pid && one.pid !== this.pid);
    for (const orphan of orphans) {
      try {
        this.#hand(orphan);
      } catch {
        // A full disk: the ledger is for the case that the reaper dies as well, and most orphans carry the mark.
      }
    }
  }

  #hand({ pid, startTime, pgid }: Identity): void {
    this.#known.push({ pid, startTime, pgid });
    this.#handOver({ pid, startTime, pgid });
  }
}

async function spawnDetached(spec: StartSpec, mark: string): Promise<ChildProcess & { pid: number }> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  // A descriptor, not a pipe: what the child prints never waits for us, nor breaks when we die.
  const log = openSync(spec.logFile, 'a');
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...spec.env, [markVariable]: mark },
      detached: true,
      stdio: ['ignore', log, log],
    });
    // Errors after the start (a kill that failed) show in what they left undone.
    if (hasPid(child)) return child.on('error', () => {});
    const [error] = await once(child, 'error');
    throw new DynoError(startFailure(spec, error), exitCodes.usage, { cause: error });
  } finally {
    closeSync(log);
  }
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined;
}

function startFailure(spec: StartSpec, error: Error & { code?: string }): string {
  const cannot = `Cannot start ${spec.what}:`;
  if (!existsSync(spec.cwd)) return `${cannot} there is no folder ${spec.cwd}.`;
  if (error.code === 'ENOENT') return `${cannot} there is no program ${spec.command} on PATH.`;
  if (error.code === 'EACCES') return `${cannot} ${spec.command} is not executable.`;
  return `${cannot} ${error.message}.`;
}

interface Living {
  entry: LedgerEntry;
  known: Identity[];
  members: [ProcessStat, ...ProcessStat[]];
}

/** One for each child that still has a member. */
function living(entries: LedgerEntry[]): Living[] {
  const boot = bootId();
  const processes = allProcesses();
  const children = Map.groupBy(
    entries.filter((entry) => entry.bootId === boot),
    (entry) => entry.mark,
  );
  return [...children].flatMap(([mark, ofChild]) => {
    const [entry] = ofChild;
    const known = ofChild.flatMap(identityOf);
    const [first, ...others] = membersOf({ known, hasMark: (found) => found === mark }, processes);
    return entry && first ? [{ entry, known, members: [first, ...others] }] : [];
  });
}

function identityOf({ pid, pgid, startTime }: LedgerEntry): Identity[] {
  return pid === null || pgid === null || startTime === null ? [] : [{ pid, pgid, startTime }];
}

function forgetTheDead(ledger: Ledger): void {
  const entries = ledger.entries();
  // An owner that lives may be about to do what it intends.
  const intended = entries.filter((entry) => entry.pid === null && ownerLives(entry));
  const littering = entries.filter(({ folder }) => isOwnFolder(folder));
  const alive = new Set(
    [...living(entries).map(({ entry }) => entry), ...intended, ...littering].map(({ mark }) => mark),
  );
  ledger.forget(new Set(entries.map((entry) => entry.mark).filter((mark) => !alive.has(mark))));
}

function ownerLives({ bootId: booted, ownerPid, ownerStartTime }: LedgerEntry): boolean {
  return booted === bootId() && isAlive({ pid: ownerPid, startTime: ownerStartTime });
}

/** One that cannot be removed yet keeps nobody from going on: the next command tries again. */
async function removeOwnFolder(folder: string | undefined): Promise<void> {
  if (folder !== undefined && isOwnFolder(folder))
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}

/** After a reboot the name may be another user's. */
function isOwnFolder(folder: string | undefined): boolean {
  const found = folder === undefined ? undefined : lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function stopOptionsOf({ stopSignal = 'SIGTERM', graceMs = 5_000 }: StartSpec) {
  return { stopSignal, graceMs };
}

function mainPid([leader]: Identity[], members: Living['members']): number {
  return (members.find((one) => one.pid === leader?.pid) ?? members[0]).pid;
}

function ownerName(owner: Owner): string {
  return owner.kind === 'run' ? `run ${owner.runId}` : 'the stack';
}

function pidList(members: ProcessStat[]): string {
  return `pid ${members.map((one) => one.pid).join(', ')}`;
}

function startTimeOf(pid: number): number {
  const stat = readProcessOrZombie(pid);
  if (!stat) throw new DynoError(`/proc/${pid}/stat cannot be read: Dyno needs Linux with /proc mounted.`);
  return stat.startTime;
}
