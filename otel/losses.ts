import { TraceFlags } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace';

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
  const batches = new BatchSpanProcessor({
    exporter: new CountedExporter({ timeoutMillis: 2000 }),
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
