import { setTimeout as pause } from 'node:timers/promises';
import type { Variant } from '@dyno/contracts/experiment';
import type { Note } from '@dyno/otel/names';
import { readClocks } from './clock.ts';
import { removeSamples, scenarioOf, startK6 } from './k6.ts';
import { LiveView } from './live.ts';
import { failWhenAborted, failWhenDead } from './lost.ts';
import type { RoundContext } from './round.ts';
import { startService } from './service.ts';
import { readNotes } from './telemetry.ts';

export interface PassSpec {
  variant: Variant;
  /** Where it is told apart from measured rounds: file names, resource attribute dyno.round. */
  pass: 'trace' | 'profile';
  /** Before `startMs`, under the same load. */
  warmupSeconds: number;
  seconds: number;
  /** Share of requests whose trace is recorded: the load says which, and the service itself where the load says nothing. */
  traceSampling: number;
  logFolder: string;
  /** In place of the service's own: the same with a profiler before it. */
  command?: string[];
  stopSignal?: 'SIGTERM' | 'SIGINT';
  /** How long the service may take to end; a profiler writes its files then. */
  graceMs?: number;
}

/** What happened under load, on the clock of k6. */
export interface Pass {
  startMs: number;
  endMs: number;
  requests: number;
  /** What the service's processes have said of their telemetry. */
  notes: Note[];
}

/** Telemetry that was put into a service sends its spans at this interval, and not when the service ends: it must not touch its signals. */
const lastSpansMs = 1_000;

/** One variant under the experiment's load for some seconds, to be looked at and not to be measured. */
export async function underLoad(context: RoundContext, spec: PassSpec): Promise<Pass> {
  const { plan, processes, signal } = context;
  const name = `${spec.pass}-${spec.variant.name}`;
  const csvFile = `${spec.logFolder}/${name}.csv`;
  const service = await startService(
    processes,
    {
      project: context.project,
      service: plan.experiment.service,
      variant: spec.variant,
      port: context.port,
      tlsPort: context.tlsPorts?.[0],
      connections: context.connections,
      runId: plan.runId,
      round: spec.pass,
      inject: spec.pass === 'trace',
      // At "full" a service records every request, whatever the load says.
      ...(spec.pass === 'trace' && spec.traceSampling < 1
        ? { level: 'sampled' as const, traceSampling: spec.traceSampling }
        : {}),
      ...(spec.command ? { command: spec.command } : {}),
      logFile: `${spec.logFolder}/${name}-service.log`,
      ...(spec.stopSignal ? { stopSignal: spec.stopSignal } : {}),
      ...(spec.graceMs === undefined ? {} : { graceMs: spec.graceMs }),
    },
    signal,
  );
  try {
    const { child: k6, tail } = await startK6(processes, {
      k6: context.k6,
      scenario: scenarioOf(context.project, plan.experiment.load),
      targets: [{ variant: spec.variant.name, baseUrl: service.loadUrl }],
      drawSeed: 0,
      requests: plan.experiment.load.requests,
      vus: plan.experiment.load.vus,
      ratePerSecond: plan.experiment.load.ratePerSecond ?? null,
      replacesOptions: plan.experiment.load.replacesOptions,
      durationSeconds: spec.warmupSeconds + spec.seconds + 30,
      neededSeconds: spec.warmupSeconds + spec.seconds,
      traceSampling: spec.traceSampling,
      csvFile,
      logFile: `${spec.logFolder}/${name}-k6.log`,
    });
    const own = service.child ? [service.child] : [];
    const over = new AbortController();
    const work = async (): Promise<Pass> => {
      const live = new LiveView(context, [tail], [...own, k6]);
      await tail.firstRequest(over.signal);
      const startMonotonicMs = context.clock.monotonicMs() + spec.warmupSeconds * 1000;
      const endMs = startMonotonicMs + spec.seconds * 1000;
      await live.until(startMonotonicMs, { stage: 'warmup', endMs }, over.signal);
      const start = readClocks(context.clock);
      live.forget(start);
      await live.until(endMs, { stage: 'window', endMs }, over.signal);
      return {
        startMs: start.wallMs,
        endMs: context.clock.wallMs(),
        requests: Math.round(live.requests),
        notes: [],
      };
    };
    try {
      const pass = await Promise.race([work(), failWhenDead(own, [k6]), failWhenAborted(signal)]);
      if (spec.pass === 'trace') await pause(lastSpansMs, undefined, { signal });
      return { ...pass, notes: await readNotes(service.notesFile) };
    } finally {
      over.abort();
      await k6.stop();
      await tail.close();
    }
  } finally {
    await service.child?.stop();
    await removeSamples(csvFile);
  }
}
