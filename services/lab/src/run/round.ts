import { cpus } from 'node:os';
import type { Variant } from '@dyno/contracts/experiment';
import type { CacheCounts, PlanFile, ResourceSample, Round } from '@dyno/contracts/run';
import type { Level } from '@dyno/otel/names';
import { assertClock, type Clock, type ClockPair, readClocks } from './clock.ts';
import { type Generators, type SampleSource, startGenerators } from './generators.ts';
import { exitStopped, summaryFile } from './k6.ts';
import type { Live } from './live.ts';
import { failWhenAborted, failWhenDead, RoundLost } from './lost.ts';
import { assertAnswered, assertServing, findParts, type PartPids, partDied } from './presence.ts';
import type { Child, Processes } from './processes.ts';
import { ResourceWatch } from './resources.ts';
import { assertSamplesWritten } from './room.ts';
import { crossedThresholds } from './script.ts';
import { measureSentinel } from './sentinel.ts';
import { type Connections, type Service, startService } from './service.ts';
import { droppedIn, lookupsIn, measuredSampling, readNotes } from './telemetry.ts';
import { shareOf } from './usage.ts';
import { watchedProcesses, watchWindow } from './window.ts';

export interface RoundContext {
  project: string;
  plan: PlanFile;
  processes: Processes;
  /** Port of the service under test. */
  port: number;
  /** Port of the second one, where two variants are alive at once. */
  secondPort: number;
  /** Of both, for services that answer by HTTPS, too. */
  tlsPorts?: readonly [number, number];
  k6: string;
  connections: Connections;
  partPids: PartPids;
  clock: Clock;
  signal: AbortSignal;
  onLive(live: Live): void;
}

export interface RoundSpec {
  round: number;
  variant: Variant;
  /** Measures what telemetry costs: it is put into the service at this level. Never in a round of the comparison. */
  level?: Level;
  /** Where k6 writes its samples. */
  csvFile: string;
  logFolder: string;
}

/** A round as it was measured; its samples are still k6's CSV. */
export interface MeasuredRound {
  startedAt: string;
  readyMs: number;
  window: Round['window'];
  source: SampleSource;
  resources: ResourceSample[];
  usage: Round['usage'];
  shared: Round['shared'];
  sentinel: Round['sentinel'];
  machine: Round['machine'];
  k6ExitCode: number;
  /** Thresholds of the script that were crossed. */
  crossed: string[];
  telemetryDropped: number | null;
  /** Look-ups in the service's caches; null where nobody counted. */
  caches: CacheCounts[] | null;
  excluded: Round['excluded'];
}

/** What is known so far of the rounds that are measured together. */
export interface Seen {
  sentinel: Round['sentinel'];
  readyMs: number[];
  telemetryDropped: (number | null)[];
  caches: (CacheCounts[] | null)[];
  sources: SampleSource[];
  window?: Round['window'];
  /** Of every group of processes that is watched. */
  resources: ResourceSample[];
  usage: Round['usage'];
  machine?: Round['machine'];
  k6ExitCode?: number;
  /** Thresholds of the script that were crossed, by the file of the samples. */
  crossed?: Map<string, string[]>;
}

/** k6 goes on for that long behind the window, in case that its first request came late; the lab stops it. */
const k6MarginSeconds = 30;

/** One variant by itself. */
export async function measureRound(context: RoundContext, spec: RoundSpec): Promise<MeasuredRound> {
  const [round] = await measureTogether(context, [spec]);
  if (!round) throw new Error('one round was asked for, none came back');
  return round;
}

/**
 * Process start, warm-up, window: of one variant, or of several that are alive at once and share the load.
 * What is not their doing comes back as `excluded`, never a slow answer; it excludes all of them.
 */
export async function measureTogether(
  context: RoundContext,
  specs: readonly [RoundSpec, ...RoundSpec[]],
): Promise<MeasuredRound[]> {
  const begin = readClocks(context.clock);
  const partPids = await findParts(context.partPids);
  const seen: Seen = {
    sentinel: null,
    readyMs: [],
    telemetryDropped: [],
    caches: [],
    sources: [],
    resources: [],
    usage: [],
  };
  try {
    context.onLive({ stage: 'start', secondsLeft: null, requestsPerSecond: null, latencyMsP95: null });
    seen.sentinel = await measureSentinel(context.signal);
    const services = await startVariants(context, specs);
    seen.readyMs = services.map(({ readyMs }) => readyMs);
    try {
      const watched = { ...context, onLive: watchingClock(context, begin) };
      await generateLoad(watched, specs, services, seen);
    } finally {
      await stopAll(services);
      const notes = await Promise.all(services.map(({ notesFile }) => readNotes(notesFile)));
      seen.telemetryDropped = notes.map(droppedIn);
      seen.caches = notes.map(lookupsIn);
    }
    assertClock(begin, readClocks(context.clock));
    const dead = await partDied(context.partPids, partPids);
    if (dead) throw dead;
    return complete(specs, seen, begin, context.clock, null);
  } catch (error) {
    context.signal.throwIfAborted();
    const lost = (await partDied(context.partPids, partPids)) ?? (error instanceof RoundLost ? error : null);
    if (!lost) throw error;
    return complete(specs, seen, begin, context.clock, { cause: lost.why, detail: lost.message });
  }
}

/** A clock that jumps back again would go unnoticed at the end. */
function watchingClock({ clock, onLive }: RoundContext, begin: ClockPair): RoundContext['onLive'] {
  return (live) => {
    assertClock(begin, readClocks(clock));
    onLive(live);
  };
}

/** At once, because their start is not measured; one after the other where each resets what they share. */
async function startVariants(context: RoundContext, specs: readonly RoundSpec[]): Promise<Service[]> {
  const starts = specs.map((spec, index) => () => startVariant(context, spec, index));
  const services: Service[] = [];
  try {
    if (context.plan.experiment.service.reset) {
      for (const start of starts) services.push(await start());
      return services;
    }
    const results = await Promise.allSettled(starts.map((start) => start()));
    services.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return services;
  } catch (error) {
    await stopAll(services);
    throw error;
  }
}

function startVariant(context: RoundContext, spec: RoundSpec, index: number): Promise<Service> {
  const { plan } = context;
  return startService(
    context.processes,
    {
      project: context.project,
      service: plan.experiment.service,
      variant: spec.variant,
      ...(index === 0
        ? { port: context.port, tlsPort: context.tlsPorts?.[0] }
        : {
            port: context.secondPort,
            tlsPort: context.tlsPorts?.[1],
            portName: 'serviceCandidate' as const,
          }),
      connections: context.connections,
      runId: plan.runId,
      round: String(spec.round),
      logFile: `${spec.logFolder}/${name(spec)}-service.log`,
      ...(spec.level === undefined ? {} : { level: spec.level, inject: spec.level !== 'off' }),
    },
    context.signal,
  );
}

async function stopAll(services: readonly Service[]): Promise<void> {
  await Promise.all(services.map(({ child }) => child?.stop()));
}

async function generateLoad(
  context: RoundContext,
  specs: readonly [RoundSpec, ...RoundSpec[]],
  services: readonly Service[],
  seen: Seen,
): Promise<void> {
  const generators = await startLoad(context, specs, services);
  const { children, tails } = generators;
  seen.sources = generators.sources;
  const over = new AbortController();
  try {
    const watch = await ResourceWatch.start(
      context.clock,
      watchedProcesses(context, specs, services, children),
    );
    const signal = AbortSignal.any([over.signal, context.signal]);
    const sampling = watch.run(signal);
    const writers = [...childrenOf(services), ...children];
    const [live] = await Promise.race([
      // Sampling ends with the window, or fails before it.
      Promise.all([
        watchWindow(context, { services, generators, watch, writers, signal }, seen).finally(() =>
          over.abort(),
        ),
        sampling,
      ]),
      failWhenDead(childrenOf(services), children),
      failWhenAborted(context.signal),
    ]);
    await stopGenerators(children);
    await assertServing(services, context);
    await live.assertShortLogs();
    await assertAnswered(live, generators, seen.window);
    await assertSamplesWritten(generators);
  } finally {
    over.abort();
    await stopGenerators(children);
    await Promise.all(tails.map((tail) => tail.close()));
    const exits = await Promise.all(children.map(({ exited }) => exited));
    seen.k6ExitCode = worstExit(exits.map(({ code }) => code ?? -1));
    seen.crossed = await crossedIn(generators);
  }
  if (seen.k6ExitCode === -1) {
    throw new RoundLost('generator-died', 'k6 had to be killed, so that its last samples may be missing');
  }
}

function startLoad(
  context: RoundContext,
  specs: readonly [RoundSpec, ...RoundSpec[]],
  services: readonly Service[],
): Promise<Generators> {
  const { plan } = context;
  const { warmupSeconds, windowSeconds } = plan.plan;
  const target = (spec: RoundSpec, index: number) => ({
    variant: spec.variant.name,
    baseUrl: services[index]?.loadUrl ?? '',
    csvFile: spec.csvFile,
    name: name(spec),
  });
  const [first, ...others] = specs;
  return startGenerators(context.processes, {
    project: context.project,
    k6: context.k6,
    load: plan.experiment.load,
    durationSeconds: warmupSeconds + windowSeconds + k6MarginSeconds,
    neededSeconds: warmupSeconds + windowSeconds,
    traceSampling: measuredSampling,
    // Another draw in each block, and the same one when the plan is replayed.
    drawSeed: (plan.seed + first.round) % 2 ** 31,
    logFolder: first.logFolder,
    targets: [target(first, 0), ...others.map((spec, index) => target(spec, index + 1))],
  });
}

async function stopGenerators(children: readonly Child[]): Promise<void> {
  await Promise.all(children.map((child) => child.stop()));
}

function childrenOf(services: readonly Service[]): Child[] {
  return services.flatMap(({ child }) => child ?? []);
}

/** k6 says so in its summary, whichever way it ended. */
async function crossedIn({ sources }: Generators): Promise<Map<string, string[]>> {
  const crossed = new Map<string, string[]>();
  for (const { csvFile } of sources) {
    crossed.set(csvFile, (await crossedThresholds(summaryFile(csvFile))) ?? []);
  }
  return crossed;
}

/** Killed comes first, then whatever is not the ordinary end. */
function worstExit(codes: readonly number[]): number {
  if (codes.includes(-1)) return -1;
  return codes.find((code) => code !== exitStopped && code !== 0) ?? codes[0] ?? -1;
}

/** Of an excluded round: what there was of it. */
function complete(
  specs: readonly RoundSpec[],
  seen: Seen,
  begin: ClockPair,
  clock: Clock,
  excluded: Round['excluded'],
): MeasuredRound[] {
  const now = readClocks(clock);
  const alone = specs.length === 1;
  const window = seen.window ?? {
    startMs: begin.wallMs,
    endMs: now.wallMs,
    durationMs: Math.max(1, now.monotonicMs - begin.monotonicMs),
  };
  return specs.map((spec, index) => {
    const { own, shared } = shareOf(seen.usage, spec.variant.name, alone);
    const samples = shareOf(seen.resources, spec.variant.name, alone);
    return {
      startedAt: new Date(begin.wallMs).toISOString(),
      readyMs: seen.readyMs[index] ?? 0,
      window,
      source: seen.sources[index] ?? { csvFile: spec.csvFile },
      // What serves all variants is in the file of each, as it is in their lines.
      resources: [...samples.own, ...samples.shared],
      usage: own,
      shared,
      sentinel: seen.sentinel,
      machine: seen.machine ?? { busyCpuSeconds: 0, stealCpuSeconds: 0, cores: cpus().length },
      k6ExitCode: seen.k6ExitCode === exitStopped ? 0 : (seen.k6ExitCode ?? -1),
      crossed: seen.crossed?.get(seen.sources[index]?.csvFile ?? '') ?? [],
      telemetryDropped: seen.telemetryDropped[index] ?? null,
      caches: seen.caches[index] ?? null,
      excluded,
    };
  });
}

function name({ round, variant }: RoundSpec): string {
  return `round-${String(round).padStart(3, '0')}-${variant.name}`;
}
