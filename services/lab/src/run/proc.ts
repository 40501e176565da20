import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One line of /proc/<pid>/stat, as far as Dyno needs it. */
export interface ProcessStat {
  pid: number;
  command: string;
  /** One letter; Z (zombie) and X (dead) no longer run anything, D is waiting in the kernel. */
  state: string;
  /** A zombie with more than one holds its files and ports still: the others are on their way out. */
  threads: number;
  parentPid: number;
  pgid: number;
  sessionId: number;
  /** Clock ticks since the machine's boot; with the pid it names a process for one boot. */
  startTime: number;
  /** User and system time of all its threads, without its children. */
  cpuSeconds: number;
  /** Of the children that it has waited for, and of those that they have waited for. */
  endedCpuSeconds: number;
}

/** A pid is reused, a pid with its start time is not (within one boot). */
export interface Identity {
  pid: number;
  startTime: number;
  pgid: number;
}

export interface ProcessUse {
  cpuSeconds: number;
  /** Of its children that have ended, and of theirs. */
  endedCpuSeconds: number;
  rssBytes: number;
  /** Voluntary and not, of all its threads. */
  contextSwitches: number;
}

/** Environment variable that every child carries. */
export const markVariable = 'DYNO_MARK';

/** USER_HZ: the unit of times in /proc, 100 on every platform that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100;

/** Null when there is no such process any more, or only a zombie of it. */
export function readProcess(pid: number): ProcessStat | null {
  const stat = readProcessOrZombie(pid);
  return stat === null || isDead(stat) ? null : stat;
}

export function readProcessOrZombie(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** The second field is the program's name in brackets and may itself hold blanks and brackets. */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  // The first of these is field 3 of proc(5): field n is at n - 3.
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid: Number(text.slice(0, open)),
    command: text.slice(open + 1, close),
    state: fields[0] ?? '',
    threads: field(20),
    parentPid: field(4),
    pgid: field(5),
    sessionId: field(6),
    startTime: field(22),
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    endedCpuSeconds: (field(16) + field(17)) / ticksPerSecond,
  };
}

/** Every living process that this one can see. */
export function allProcesses(): ProcessStat[] {
  return pids().flatMap((pid) => readProcess(pid) ?? []);
}

export function pids(): number[] {
  return numericEntries('/proc');
}

export function isAlive(identity: { pid: number; startTime: number }): boolean {
  return readProcess(identity.pid)?.startTime === identity.startTime;
}

/** Its DYNO_MARK; null when it has none, is another user's, or has overwritten its environment (redis-server, nginx). */
export function markOf(pid: number): string | null {
  const entry = read(`/proc/${pid}/environ`)
    ?.split('\0')
    .find((variable) => variable.startsWith(`${markVariable}=`));
  return entry?.slice(markVariable.length + 1) ?? null;
}

/**
 * The living processes of one child: its group, and whoever carries its mark wherever it went.
 * A group number is reused only after its last member has gone, so the group is still ours
 * when a known process is alive in it, or when one member carries the mark.
 */
export function membersOf(
  wanted: { known: Identity[]; hasMark(mark: string): boolean },
  processes = allProcesses(),
): ProcessStat[] {
  // What we started is younger than its leader, which spares reading most environments.
  const since = Math.min(...wanted.known.map((identity) => identity.startTime));
  const candidates = processes.filter(
    (one) => one.pid !== process.pid && (wanted.known.length === 0 || one.startTime >= since),
  );
  const marked = new Set(
    candidates.filter((one) => {
      const mark = markOf(one.pid);
      return mark !== null && wanted.hasMark(mark);
    }),
  );
  const groups = new Set(wanted.known.map((identity) => identity.pgid));
  const ours = new Set(
    candidates
      .filter((one) => groups.has(one.pgid))
      .filter((one) => marked.has(one) || wanted.known.some((identity) => isSame(identity, one)))
      .map((one) => one.pgid),
  );
  return candidates.filter((one) => marked.has(one) || ours.has(one.pgid));
}

function isSame(identity: Identity, one: ProcessStat): boolean {
  return identity.pid === one.pid && identity.startTime === one.startTime && identity.pgid === one.pgid;
}

/** To what `membersOf` found: whole groups at once, so that nobody forks in between, then those outside. */
export function signalAll(members: ProcessStat[], known: Identity[], name: NodeJS.Signals): void {
  const groups = new Set(known.map((identity) => identity.pgid));
  const targets = new Set(members.map((one) => (groups.has(one.pgid) ? -one.pgid : one.pid)));
  for (const target of targets) signal(target, name);
}

/** One that has gone in the meantime needs no signal; one of another user stays, and is found by whoever waits for it. */
function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    const harmless =
      error instanceof Error && 'code' in error && ['ESRCH', 'EPERM'].includes(String(error.code));
    if (!harmless) throw error;
  }
}

/** Program and arguments, for people. */
export function commandOf(pid: number): string {
  const line = read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
  return line ? line : (readProcess(pid)?.command ?? 'unknown');
}

/** What a process has used so far; null when it is gone. */
export function readUse(pid: number): ProcessUse | null {
  const stat = readProcess(pid);
  const status = read(`/proc/${pid}/status`);
  if (stat === null || status === null) return null;
  return {
    cpuSeconds: exactCpuSeconds(pid, stat.cpuSeconds),
    endedCpuSeconds: stat.endedCpuSeconds,
    rssBytes: statusValue(status, 'VmRSS') * 1024,
    contextSwitches: contextSwitchesOf(pid),
  };
}

/** How long ago it began; told by this process, because a container may have an uptime of its own. */
export function ageMs({ startTime }: { startTime: number }): number {
  const own = readProcess(process.pid)?.startTime ?? startTime;
  return (process.uptime() + (own - startTime) / ticksPerSecond) * 1000;
}

/** Differs after every boot of the machine; start times count from there. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Inodes of the sockets that a process holds; empty when they may not be read. */
export function socketInodesOf(pid: number): string[] {
  return numericEntries(`/proc/${pid}/fd`).flatMap((descriptor) => {
    const target = readLink(`/proc/${pid}/fd/${descriptor}`);
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

/**
 * In nanoseconds, where /proc/<pid>/stat counts ticks of 10 ms: a window of some seconds in which a service works for
 * 0.3 s would be off by 3 %. Threads that have ended are in the ticks alone, so those count where they say more.
 */
function exactCpuSeconds(pid: number, tickSeconds: number): number {
  const nanoseconds = numericEntries(`/proc/${pid}/task`)
    .map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ', 1)[0] ?? 0))
    .reduce((sum, one) => sum + one, 0);
  return Math.max(nanoseconds / 1e9, tickSeconds);
}

/** /proc/<pid>/status counts the main thread only. */
function contextSwitchesOf(pid: number): number {
  return numericEntries(`/proc/${pid}/task`)
    .map((thread) => read(`/proc/${pid}/task/${thread}/status`) ?? '')
    .map(
      (status) =>
        statusValue(status, 'voluntary_ctxt_switches') + statusValue(status, 'nonvoluntary_ctxt_switches'),
    )
    .reduce((sum, count) => sum + count, 0);
}

function statusValue(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

function isDead(stat: ProcessStat): boolean {
  return stat.state === 'X' || (stat.state === 'Z' && stat.threads <= 1);
}

function numericEntries(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** A process can end between any two reads, and another user's cannot be read: both are null. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
