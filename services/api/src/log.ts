import { trace } from '@opentelemetry/api';
import type { Context, Middleware, Next } from 'koa';
import { type Logger, type LoggerOptions, pino } from 'pino';

export function createLog(level: string): Logger {
  return pino(logOptions(level));
}

/** Every line inside a request names its trace and span. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin() {
      const span = trace.getActiveSpan()?.spanContext();
      return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
    },
  };
}

export function accessLog(log: Logger): Middleware {
  return async function logAccess(ctx: Context, next: Next) {
    const startedMs = performance.now();
    try {
      await next();
    } finally {
      const durationMs = Math.round((performance.now() - startedMs) * 100) / 100;
      log.info({ method: ctx.method, path: ctx.path, status: ctx.status, durationMs }, 'request');
    }
  };
}
