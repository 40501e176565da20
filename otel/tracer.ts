import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

/**
 * Most requests of a measured round are not sampled, and below such a parent nothing can become sampled: their spans are the parent's
 * empty one, without asking a sampler and without cleaning attributes that nobody keeps.
 */
export function onlySampled(provider: TracerProvider): TracerProvider {
  return {
    getTracer: (name, version, options) => tracerOf(provider.getTracer(name, version, options)),
  };
}

function tracerOf(tracer: Tracer): Tracer {
  return {
    startSpan(name: string, options?: SpanOptions, parentContext: Context = context.active()): Span {
      const parent = options?.root ? undefined : trace.getSpan(parentContext);
      if (parent && !parent.isRecording() && (parent.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) {
        return parent;
      }
      return tracer.startSpan(name, options, parentContext);
    },
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  };
}
