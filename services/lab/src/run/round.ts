import { cpus } from 'node:os';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Variant } from '@dyno/contracts/experiment';
import type { PlanFile, ResourceSample, Round } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { type Clock, sleepUntil } from './clock.ts';
import { type CsvTail, exitStopped, startK6 } from './k6.ts';
import { type Live, LiveView } from './live.ts';
import type { Child, Processes } from './processes.ts';
import { ResourceWatch, type Totals } from './resources.ts';
import { type Connections, type Service, startService } from './service.ts';

export interface RoundContext {
  project: string;
  plan: PlanFile;
  processes: Processes;
  /** Port of the service under test. */
  port: number;
  k6: string;
  connections: Connections;
  /** Parts of the stack whose CPU is the variant's too, by name. */
  partPids: Record<string, () => Promise<number[]>>;
  clock: Clock;
  signal: AbortSignal;
  onLive(live: Live): void;
}

export interface RoundSpec {
  round: number;
  variant: Variant;
  /** Where k6 writes its samples. */
  csvFile: string;
  logFolder: string;
}

/** A round as it was measured; its samples are still k6's CSV. */
export interface MeasuredRound {
  startedAt: string;
  readyMs: number;
  window: Round['window'];
  resources: ResourceSample[];
  usage: Round['usage'];
  machine: Round['machine'];
  k6ExitCode: number;
  excluded: Round['excluded'];
}

/** Share of requests whose trace is kept in measured rounds: the same in every variant, enough to have one at hand. */
const measuredTraceSampling = 0.02;
/** k6 goes on for that long behind the window, in case that its first request came late; the lab stops it. */
const k6MarginSeconds = 30;
/** Looking through /proc for new processes takes a while on a busy machine, and must not make the lab late for the window's ends. */
const findBeforeMs = 1_000;
/** Requests must carry the same time as the window's ends. */
const clockToleranceMs = 50;

/** Process start, warm-up, window. What is not the variant's doing comes back as `excluded`, never a slow answer. */
export async function measureRound(context: RoundContext, spec: RoundSpec): Promise<MeasuredRound> {
  const begin = readClocks(context.clock);
  const partPids = await findParts(context);
  const seen: Partial<MeasuredRound> = {};
  try {
    context.onLive({ stage: 'start', secondsLeft: null, requestsPerSecond: null, latencyMsP95: null });
    const service = await startVariant(context, spec);
    seen.readyMs = service.readyMs;
    try {
      await generateLoad(context, spec, service, seen);
    } finally {
      await service.child.stop();
    }
    assertClock(begin, readClocks(context.clock));
    const dead = await partDied(context, partPids);
    if (dead) throw dead;
    return complete(seen, begin, context.clock, null);
  } catch (error) {
    context.signal.throwIfAborted();
    const lost = (await partDied(context, partPids)) ?? (error instanceof RoundLost ? error : null);
    if (!lost) throw error;
    return complete(seen, begin, context.clock, { cause: lost.why, detail: lost.message });
  }
}

async function startVariant(context: RoundContext, spec: RoundSpec): Promise<Service> {
  const { plan } = context;
  const logFile = `${spec.logFolder}/${name(spec)}-service.log`;
  return startService(
    context.processes,
    {
      project: context.project,
      service: plan.experiment.service,
      variant: spec.variant,
      port: context.port,
      connections: context.connections,
      runId: plan.runId,
      round: String(spec.round),
      logFile,
    },
    context.signal,
  );
}

async function generateLoad(
  context: RoundContext,
  spec: RoundSpec,
  service: Service,
  seen: Partial<MeasuredRound>,
): Promise<void> {
  const { load } = context.plan.experiment;
  const { warmupSeconds, windowSeconds } = context.plan.plan;
  const { child: k6, tail } = await startK6(context.processes, {
    k6: context.k6,
    scenario: `${context.project}/${load.scenario}`,
    baseUrl: service.baseUrl,
    vus: load.vus,
    ratePerSecond: load.ratePerSecond ?? null,
    durationSeconds: warmupSeconds + windowSeconds + k6MarginSeconds,
    traceSampling: measuredTraceSampling,
    csvFile: spec.csvFile,
    logFile: `${spec.logFolder}/${name(spec)}-k6.log`,
  });
  const over = new AbortController();
  try {
    const watch = await ResourceWatch.start(context.clock, watchedProcesses(context, service.child, k6));
    const signal = AbortSignal.any([over.signal, context.signal]);
    const sampling = watch.run(signal);
    const [live] = await Promise.race([
      // Sampling ends with the window, or fails before it.
      Promise.all([
        watchWindow(context, { service, tail, watch, signal }, seen).finally(() => over.abort()),
        sampling,
      ]),
      failWhenDead(service.child, k6),
      failWhenAborted(context.signal),
    ]);
    await k6.stop();
    await assertAnswered(live, tail, seen);
  } finally {
    over.abort();
    await k6.stop();
    await tail.close();
    const { code } = await k6.exited;
    seen.k6ExitCode = code ?? -1;
  }
  if (seen.k6ExitCode === -1) {
    throw new RoundLost('generator-died', 'k6 had to be killed, so that its last samples may be missing');
  }
}

interface Watching {
  service: Service;
  tail: CsvTail;
  watch: ResourceWatch;
  signal: AbortSignal;
}

/** The measurement itself: everything counts from the first request that k6 has seen answered. */
async function watchWindow(
  context: RoundContext,
  { service, tail, watch, signal }: Watching,
  seen: Partial<MeasuredRound>,
): Promise<LiveView> {
  const { clock } = context;
  const { warmupSeconds, windowSeconds } = context.plan.plan;
  seen.resources = watch.samples;
  const first = await tail.firstRequest(signal);
  const sinceFirstMs = clock.wallMs() - (first.timeMs - first.durationMs);
  // Never in the past: what k6 wrote late can only lengthen the warm-up.
  const startMs = clock.monotonicMs() + Math.max(20, warmupSeconds * 1000 - sinceFirstMs);
  const live = new LiveView(context, tail, service.child.logFile);
  const findMs = Math.min(findBeforeMs, windowSeconds * 500);
  await live.until(startMs - findMs, { stage: 'warmup', endMs: startMs + windowSeconds * 1000 }, signal);
  await watch.find();
  await sleepUntil(clock, startMs, signal);
  const startWallMs = clock.wallMs();
  const start = watch.totals();
  // From the start as it was: on a busy machine the lab may have been woken late.
  const endMs = start.monotonicMs + windowSeconds * 1000;
  live.forget(startWallMs);
  await live.until(endMs - findMs, { stage: 'window', endMs }, signal);
  await watch.find();
  await sleepUntil(clock, endMs, signal);
  const endWallMs = clock.wallMs();
  const end = watch.totals();
  const durationMs = end.monotonicMs - start.monotonicMs;
  Object.assign(seen, {
    window: { startMs: startWallMs, endMs: endWallMs, durationMs },
    usage: usageBetween(start, end, watch.samples, startWallMs),
    machine: machineBetween(start, end),
  });
  assertStillOurs(service);
  return live;
}

/** Why a round does not count; the lab's own errors are DynoErrors. */
class RoundLost extends Error {
  readonly why: NonNullable<Round['excluded']>['cause'];

  constructor(why: RoundLost['why'], detail: string) {
    super(detail);
    this.why = why;
  }
}

export async function failWhenDead(service: Child, k6: Child): Promise<never> {
  return Promise.race([
    service.exited.then(async (exit) => {
      throw new RoundLost('service-died', await obituary(service, exit));
    }),
    k6.exited.then(async (exit) => {
      const detail = await obituary(k6, exit);
      if (exit.code === exitCodes.k6Thresholds) throw new DynoError(detail, exitCodes.k6Thresholds);
      throw new RoundLost('generator-died', detail);
    }),
  ]);
}

export function failWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function obituary(child: Child, exit: { code: number | null; signal: string | null }): Promise<string> {
  const how = exit.signal ? `was killed by ${exit.signal}` : `ended with code ${exit.code}`;
  const tail = await child.logTail(20);
  return `${child.what} ${how} before the window was over${tail ? `; its log ends with:\n${tail}` : ''}`;
}

/** A part that ran when the round began and is not there any more, or is another process. */
async function partDied(context: RoundContext, before: Map<string, number[]>): Promise<RoundLost | null> {
  const now = await findParts(context);
  const dead = [...before].filter(([part, pids]) => !pids.every((pid) => now.get(part)?.includes(pid)));
  if (dead.length === 0) return null;
  return new RoundLost('stack-died', `${dead.map(([part]) => part).join(' and ')} died during the round`);
}

async function findParts({ partPids }: RoundContext): Promise<Map<string, number[]>> {
  const entries = Object.entries(partPids).map(async ([part, find]) => [part, await find()] as const);
  return new Map(await Promise.all(entries));
}

function watchedProcesses(context: RoundContext, service: Child, k6: Child) {
  return [
    { process: 'service', pids: () => service.members() },
    ...Object.entries(context.partPids).map(([part, pids]) => ({ process: part, pids })),
    { process: 'k6', pids: () => k6.members() },
    { process: 'lab', pids: () => [process.pid] },
  ];
}

function usageBetween(
  start: Totals,
  end: Totals,
  samples: ResourceSample[],
  startWallMs: number,
): Round['usage'] {
  return [...end.processes].map(([name, last]) => {
    const first = start.processes.get(name) ?? { cpuSeconds: 0, contextSwitches: 0, rssBytes: 0 };
    const rss = samples
      .filter((sample) => sample.process === name && sample.timeMs >= startWallMs)
      .map(({ rssBytes }) => rssBytes);
    return {
      process: name,
      cpuSeconds: last.cpuSeconds - first.cpuSeconds,
      rssBytesMax: Math.max(first.rssBytes, last.rssBytes, ...rss),
      contextSwitches: last.contextSwitches - first.contextSwitches,
    };
  });
}

function machineBetween(start: Totals, end: Totals): Round['machine'] {
  return {
    busyCpuSeconds: end.machine.busyCpuSeconds - start.machine.busyCpuSeconds,
    stealCpuSeconds: end.machine.stealCpuSeconds - start.machine.stealCpuSeconds,
    cores: cpus().length,
  };
}

/** k6 writes its last samples when it ends; a service whose only answers are among them is slow, not dead. */
async function assertAnswered(
  live: LiveView,
  tail: CsvTail,
  { window }: Partial<MeasuredRound>,
): Promise<void> {
  if (live.requests > 0) return;
  const { requests } = await tail.read();
  if (window && requests.some(({ timeMs }) => timeMs >= window.startMs && timeMs < window.endMs)) return;
  throw new RoundLost('service-died', 'no request was answered within the window');
}

/** Requests may have gone to somebody else since it was ready. */
function assertStillOurs(service: Service): void {
  try {
    service.assertOwnsPort();
  } catch (error) {
    throw new RoundLost('port', error instanceof Error ? error.message : String(error));
  }
}

interface ClockPair {
  wallMs: number;
  monotonicMs: number;
}

function readClocks(clock: Clock): ClockPair {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}

function assertClock(begin: ClockPair, end: ClockPair): void {
  const jumpMs = end.wallMs - begin.wallMs - (end.monotonicMs - begin.monotonicMs);
  if (Math.abs(jumpMs) <= clockToleranceMs) return;
  throw new RoundLost('clock', `the machine's clock jumped by ${Math.round(jumpMs)} ms during the round`);
}

/** Of an excluded round: what there was of it. */
function complete(
  seen: Partial<MeasuredRound>,
  begin: ClockPair,
  clock: Clock,
  excluded: Round['excluded'],
): MeasuredRound {
  const now = readClocks(clock);
  return {
    startedAt: new Date(begin.wallMs).toISOString(),
    readyMs: seen.readyMs ?? 0,
    window: seen.window ?? {
      startMs: begin.wallMs,
      endMs: now.wallMs,
      durationMs: Math.max(1, now.monotonicMs - begin.monotonicMs),
    },
    resources: seen.resources ?? [],
    usage: seen.usage ?? [],
    machine: seen.machine ?? { busyCpuSeconds: 0, stealCpuSeconds: 0, cores: cpus().length },
    k6ExitCode: seen.k6ExitCode === exitStopped ? 0 : (seen.k6ExitCode ?? -1),
    excluded,
  };
}

function name({ round, variant }: RoundSpec): string {
  return `round-${String(round).padStart(3, '0')}-${variant.name}`;
}
