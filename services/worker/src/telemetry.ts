import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import type { Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';

type Tracer = Telemetry['tracer'];

/**
 * Spans where work is handed over and done, in one trace; housekeeping, BullMQ's own (looking for stalled jobs, closing) and
 * ours (pruning), would be a trace of its own again and again. Metrics of jobs as bullmq-otel names them.
 */
export function queueTelemetry(): Telemetry {
  const { tracer, contextManager, meter } = new BullMQOtel({
    tracerName: 'dyno-worker',
    meterName: 'dyno-worker',
    enableMetrics: true,
  });
  const quiet: Tracer = {
    startSpan: (name, options, context) =>
      /^(add|process) (?!pruning\b)/.test(name) ? tracer.startSpan(name, options, context) : nothing,
  };
  return { tracer: quiet, contextManager, ...(meter === undefined ? {} : { meter }) };
}

type Span = ReturnType<Tracer['startSpan']>;

const nothing: Span = {
  setSpanOnContext: (context) => trace.setSpanContext(context, INVALID_SPAN_CONTEXT),
  setAttribute() {},
  setAttributes() {},
  addEvent() {},
  recordException() {},
  end() {},
};
