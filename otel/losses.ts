import { TraceFlags } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { canEncode, encodeSpans } from './spanEncoding.ts';

/** What was recorded and never arrived: it would be missing from the evidence without a word. */
export class Losses {
  /** The queue was full, or the collector did not take them. */
  spans = 0;
  metricExports = 0;
}

export interface SpanQueueOptions {
  queueSize: number;
  delayMs: number;
}

/** The batch processor, whose queue drops silently, behind a gate of the same size that counts. */
export function countedSpans(losses: Losses, { queueSize, delayMs }: SpanQueueOptions): SpanProcessor {
  let waiting = 0;
  class CountedExporter extends OTLPTraceExporter {
    override export(...[spans, done]: Parameters<OTLPTraceExporter['export']>): void {
      waiting -= spans.length;
      super.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) losses.spans += spans.length;
        done(result);
      });
    }
  }
  const exporter = new CountedExporter({ timeoutMillis: 2000 });
  encodeOurselves(exporter);
  const batches = new BatchSpanProcessor({
    exporter,
    maxQueueSize: queueSize,
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: 4000,
  });
  return {
    onStart() {},
    onEnd(span: ReadableSpan) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      if (waiting >= queueSize) {
        losses.spans += 1;
        return;
      }
      waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    async shutdown() {
      await batches.shutdown().finally(() => {
        losses.spans += waiting;
      });
    },
  };
}

/** What an exporter of OTLP has inside, as far as we change it. */
interface Serializer {
  serializeRequest(spans: ReadableSpan[]): Uint8Array | undefined;
}

/** Queue, time-outs and further tries stay the SDK's; only the bytes are made by us. Where it has become another one, it makes them itself. */
function encodeOurselves(exporter: OTLPTraceExporter): void {
  const delegate: unknown = Reflect.get(exporter, '_delegate');
  if (typeof delegate !== 'object' || delegate === null) return;
  const theirs = Reflect.get(delegate, '_serializer') as Serializer | undefined;
  if (typeof theirs?.serializeRequest !== 'function') return;
  const ours: Serializer = {
    serializeRequest: (spans) => encoded(spans) ?? theirs.serializeRequest(spans),
  };
  Reflect.set(delegate, '_serializer', Object.assign(Object.create(theirs), ours));
}

/** Null where the SDK has to. */
function encoded(spans: readonly ReadableSpan[]): Uint8Array | null {
  if (!spans.every(canEncode)) return null;
  try {
    return encodeSpans(spans);
  } catch {
    // A span from before 1970, or whatever else a service may make up: what we throw here would lose the others without a word.
    return null;
  }
}

export function countedMetrics(losses: Losses, timeoutMillis: number): OTLPMetricExporter {
  class CountedExporter extends OTLPMetricExporter {
    override export(...[metrics, done]: Parameters<OTLPMetricExporter['export']>): void {
      super.export(metrics, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) losses.metricExports += 1;
        done(result);
      });
    }
  }
  return new CountedExporter({ timeoutMillis });
}
