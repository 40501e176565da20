import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/**
 * Takes literals out of SQL, so that no value reaches a span. mysql2's instrumentation asks for every statement, sampled or not; services
 * repeat a few texts, so the answers are kept.
 */
export function statementMask(keep = 500): (sql: string) => string {
  const known = new Map<string, string>();
  return (sql) => {
    let masked = known.get(sql);
    if (masked === undefined) {
      masked = maskLiterals(sql);
      if (known.size >= keep) known.clear();
      known.set(sql, masked);
    }
    return masked;
  };
}

/** Quoted text (with doubled and escaped quotes), hexadecimal, and numbers that are not part of a name become `?`. Backticks quote names and stay. */
function maskLiterals(sql: string): string {
  return sql
    .replace(/'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.|"")*"?/gs, '?')
    .replace(/(?<![\w`$])(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w`$])/gi, '?');
}

/** A database's error quotes the value it did not like (`Duplicate entry 'a@b.c' for key ...`); of a failed database span only the words stay. */
export const errorRedaction: SpanProcessor = {
  onStart() {},
  onEnd(span: ReadableSpan) {
    if (span.attributes['db.system.name'] === undefined) return;
    if (span.status.message !== undefined) span.status.message = maskLiterals(span.status.message);
    for (const { attributes } of span.events) {
      if (!attributes) continue;
      delete attributes['exception.stacktrace'];
      const message = attributes['exception.message'];
      if (typeof message === 'string') attributes['exception.message'] = maskLiterals(message);
    }
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
