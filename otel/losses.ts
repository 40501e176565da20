import { TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { Parcel } from './delivery.ts';
import type { Sender } from './sender.ts';
import { canEncode, encodeSpans } from './spanEncoding.ts';

/** What was recorded and never arrived: it would be missing from the evidence without a word. */
export class Losses {
  /** The queue was full, or the collector did not take them. */
  spans = 0;
  metricExports = 0;
  /** Of which nobody has said yet how they fared: lost as well, where the process ends now. */
  readonly underWay = { spans: 0, metricExports: 0 };
}

export interface SpanQueueOptions {
  queueSize: number;
  delayMs: number;
}

/** The batch processor, whose queue drops silently, behind a gate of the same size that counts. */
export function countedSpans(
  losses: Losses,
  sender: Sender,
  { queueSize, delayMs }: SpanQueueOptions,
): SpanProcessor {
  let waiting = 0;
  const exporter: SpanExporter = {
    export(spans, done) {
      waiting -= spans.length;
      const encode = () => encoded(spans);
      hand(losses, sender, { signal: 'traces', timeoutMillis: 2000, encode, count: spans.length, done });
    },
    forceFlush: () => sender.settled(),
    shutdown: () => sender.settled(),
  };
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

/** Always cumulative, as our own instruments are and Prometheus wants it. */
export function countedMetrics(losses: Losses, sender: Sender, timeoutMillis: number): PushMetricExporter {
  return {
    export(metrics, done) {
      const encode = () => ProtobufMetricsSerializer.serializeRequest(metrics);
      hand(losses, sender, { signal: 'metrics', timeoutMillis, encode, count: 1, done });
    },
    forceFlush: () => sender.settled(),
    shutdown: () => sender.settled(),
  };
}

interface Handing extends Omit<Parcel, 'bytes'> {
  encode(): Uint8Array | undefined;
  /** Spans, or one export of metrics. */
  count: number;
  done(result: ExportResult): void;
}

function hand(losses: Losses, sender: Sender, { signal, timeoutMillis, encode, count, done }: Handing): void {
  const kind = signal === 'traces' ? 'spans' : 'metricExports';
  const deliver = async () => {
    const bytes = encode();
    if (bytes === undefined) throw new Error('nothing to send');
    await sender.send({ signal, timeoutMillis, bytes });
  };
  losses.underWay[kind] += count;
  deliver().then(
    () => {
      losses.underWay[kind] -= count;
      done({ code: ExportResultCode.SUCCESS });
    },
    (error: Error) => {
      losses.underWay[kind] -= count;
      losses[kind] += count;
      done({ code: ExportResultCode.FAILED, error });
    },
  );
}

/** In one pass where all are of a kind that we know, else as OpenTelemetry does it. */
function encoded(spans: ReadableSpan[]): Uint8Array | undefined {
  try {
    if (spans.every(canEncode)) return encodeSpans(spans);
  } catch {
    // A span from before 1970, or whatever else a service may make up: what we throw here would lose the others without a word.
  }
  return ProtobufTraceSerializer.serializeRequest(spans);
}
