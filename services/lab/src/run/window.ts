import { sleepUntil } from './clock.ts';
import type { Generators } from './generators.ts';
import { LiveView } from './live.ts';
import { assertStillOurs } from './presence.ts';
import type { Child } from './processes.ts';
import type { ResourceWatch } from './resources.ts';
import type { RoundContext, RoundSpec, Seen } from './round.ts';
import type { Service } from './service.ts';
import { machineBetween, usageBetween, watchedAs } from './usage.ts';

/** Looking through /proc for new processes takes a while on a busy machine, and must not make the lab late for the window's ends. */
const findBeforeMs = 1_000;

interface Watching {
  services: readonly Service[];
  generators: Generators;
  watch: ResourceWatch;
  /** Whose logs must not grow without end. */
  writers: readonly Child[];
  signal: AbortSignal;
}

/** The measurement itself: everything counts from the first request that k6 has seen answered. */
export async function watchWindow(
  context: RoundContext,
  { services, generators, watch, writers, signal }: Watching,
  seen: Seen,
): Promise<LiveView> {
  const { clock } = context;
  const { warmupSeconds, windowSeconds } = context.plan.plan;
  seen.resources = watch.samples;
  const firsts = await Promise.all(generators.tails.map((tail) => tail.firstRequest(signal)));
  // Where each variant has its own k6, the later one counts.
  const firstMs = Math.max(...firsts.map(({ timeMs, durationMs }) => timeMs - durationMs));
  const sinceFirstMs = clock.wallMs() - firstMs;
  // Never in the past: what k6 wrote late can only lengthen the warm-up.
  const startMs = clock.monotonicMs() + Math.max(20, warmupSeconds * 1000 - sinceFirstMs);
  const live = new LiveView(context, generators.tails, writers);
  const findMs = Math.min(findBeforeMs, windowSeconds * 500);
  await live.until(startMs - findMs, { stage: 'warmup', endMs: startMs + windowSeconds * 1000 }, signal);
  await watch.find();
  await sleepUntil(clock, startMs, signal);
  const startWallMs = clock.wallMs();
  const start = watch.totals();
  // From the start as it was: on a busy machine the lab may have been woken late.
  const endMs = start.monotonicMs + windowSeconds * 1000;
  live.forget({ wallMs: startWallMs, monotonicMs: start.monotonicMs });
  await live.until(endMs - findMs, { stage: 'window', endMs }, signal);
  await watch.find();
  await sleepUntil(clock, endMs, signal);
  const endWallMs = clock.wallMs();
  const end = watch.totals();
  const durationMs = end.monotonicMs - start.monotonicMs;
  seen.window = { startMs: startWallMs, endMs: endWallMs, durationMs };
  seen.usage = usageBetween(start, end, watch.samples, startWallMs);
  seen.machine = machineBetween(start, end);
  for (const service of services) assertStillOurs(service);
  return live;
}

export function watchedProcesses(
  context: RoundContext,
  specs: readonly RoundSpec[],
  services: readonly Service[],
  generators: readonly Child[],
) {
  const own = services.flatMap(({ child }, index) => {
    const variant = specs[index]?.variant.name ?? '';
    return child ? [{ process: watchedAs(variant), pids: () => child.members() }] : [];
  });
  return [
    ...own,
    ...Object.entries(context.partPids).map(([part, pids]) => ({ process: part, pids })),
    // Its browser is load, too.
    { process: 'k6', pids: () => generators.flatMap((child) => child.members()), withEnded: true },
    { process: 'lab', pids: () => [process.pid] },
  ];
}
