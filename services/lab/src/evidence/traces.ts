import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EvidenceFile } from '@dyno/contracts/run';
import { attributes } from '@dyno/otel/names';
import { writeDurably } from '../run/durable.ts';
import { Jaeger } from './jaeger.ts';
import { chooseRequests, requestsOf, type TracedRequest } from './requests.ts';

type KeptTrace = EvidenceFile['traces'][number];

/** Which trace pass: one variant under load for some seconds with every request sampled. */
export interface TracePass {
  jaegerUrl: string;
  /** `service.name`. */
  service: string;
  runId: string;
  variant: string;
  /** The resource attribute dyno.round of the pass. */
  round: string;
  startMs: number;
  endMs: number;
  /** What to say when there are none. */
  whyNone: string;
  /** How long to wait for the last spans. */
  patienceMs?: number;
}

/** A trace of the naive shop has 120 spans: so many traces are some 20 MB of JSON, and enough for a median and the percentiles of the tail. */
const tracesAtMost = 200;
const servicesAtMost = 20;
/** Spans reach Jaeger in batches, the last ones when the service ends. */
const settleMs = 500;
const defaultPatienceMs = 15_000;

/**
 * Keeps a trace at p50, p95 and p99 below `runFolder`, as soon as no more arrive. What is missing comes back in
 * words; evidence never fails a run.
 */
export async function keepTraces(
  pass: TracePass,
  runFolder: string,
  signal: AbortSignal,
): Promise<{ traces: KeptTrace[]; missing: string[] }> {
  const jaeger = new Jaeger(pass.jaegerUrl);
  try {
    const chosen = chooseRequests(await settled(jaeger, pass, signal));
    if (!chosen)
      return {
        traces: [],
        missing: [`traces of ${pass.variant}: Jaeger received none during the trace pass; ${pass.whyNone}`],
      };
    const traces = [];
    const missing = [];
    for (const kind of ['p50', 'p95', 'p99'] as const) {
      const { traceId, durationMs, spans } = chosen[kind];
      const text = await jaeger.traceText(traceId, signal);
      if (text === null) {
        missing.push(`${kind} trace of ${pass.variant}: Jaeger no longer has ${traceId}`);
        continue;
      }
      const url = await jaeger.addressOf(traceId, signal);
      const file = `traces/${pass.variant}-${kind}.json`;
      await writeDurably(join(runFolder, file), text);
      traces.push({ variant: pass.variant, kind, traceId, durationMs, spans, file, url });
    }
    return { traces, missing };
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return { traces: [], missing: [`traces of ${pass.variant}: ${why}`] };
  }
}

/** The requests of the pass once two looks in a row find as many spans. */
async function settled(jaeger: Jaeger, pass: TracePass, signal: AbortSignal): Promise<TracedRequest[]> {
  const deadline = performance.now() + (pass.patienceMs ?? defaultPatienceMs);
  let last: TracedRequest[] = [];
  for (;;) {
    const requests = await find(jaeger, pass, signal);
    const isStill = requests.length > 0 && spansIn(requests) === spansIn(last);
    if (isStill || performance.now() > deadline) return requests;
    last = requests;
    await pause(settleMs, undefined, { signal });
  }
}

/** Under the name that the lab has given the service; where its own telemetry has its own idea of that, under the other names. */
async function find(jaeger: Jaeger, pass: TracePass, signal: AbortSignal): Promise<TracedRequest[]> {
  const names = await jaeger.services(signal);
  const others = names.filter((name) => name !== pass.service);
  for (const service of [pass.service, ...others.slice(0, servicesAtMost)]) {
    const { startMs: fromMs, endMs: toMs } = pass;
    const answer = await jaeger.findTraces({ service, fromMs, toMs, limit: tracesAtMost }, signal);
    // Jaeger 2.13 answers with all variants, whatever attributes are asked for.
    const requests = answer === null ? [] : requestsOf(answer, attributesOf(pass));
    if (requests.length > 0) return requests;
  }
  return [];
}

function attributesOf({ runId, variant, round }: TracePass): Record<string, string> {
  return { [attributes.runId]: runId, [attributes.variant]: variant, [attributes.round]: round };
}

function spansIn(requests: readonly TracedRequest[]): number {
  return requests.reduce((sum, { spans }) => sum + spans, 0);
}
