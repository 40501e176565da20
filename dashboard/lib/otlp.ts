import { z } from 'zod';
import { growTrace, type LooseSpan, type SpanPart, type Trace } from './trace.ts';

const valueSchema = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const attributesSchema = z.array(z.object({ key: z.string(), value: valueSchema.optional() })).default([]);
type Attributes = z.infer<typeof attributesSchema>;
const nanosSchema = z.union([z.string().regex(/^\d{1,20}$/), z.number().nonnegative()]).transform(BigInt);
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string(),
  startTimeUnixNano: nanosSchema,
  endTimeUnixNano: nanosSchema,
  attributes: attributesSchema,
  status: z.object({ code: z.union([z.number(), z.string()]).optional() }).optional(),
});
const resourceSpansSchema = z.array(
  z.object({
    resource: z.object({ attributes: attributesSchema }).optional(),
    scopeSpans: z.array(z.object({ spans: z.array(spanSchema).default([]) })).default([]),
  }),
);
/** OTLP JSON; Jaeger wraps it in `result`. */
const otlpSchema = z.union([
  z.object({ resourceSpans: resourceSpansSchema }),
  z.object({ result: z.object({ resourceSpans: resourceSpansSchema }) }).transform(({ result }) => result),
]);

type RawSpan = z.infer<typeof spanSchema> & { service: string };

/** Spans of one kept trace. Throws where the text is not OTLP JSON. */
export function parseTrace(text: string): Trace {
  const { resourceSpans } = otlpSchema.parse(JSON.parse(text));
  const raw: RawSpan[] = resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = attribute(resource?.attributes ?? [], 'service.name') ?? 'unknown';
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });
  const [first] = raw;
  if (!first) return growTrace('', false, []);
  const startNanos = raw.reduce((least, span) => min(least, span.startTimeUnixNano), first.startTimeUnixNano);
  const places = new Map(raw.map(({ spanId }, index) => [spanId, index]));
  return growTrace(
    first.traceId,
    raw.every((span) => span.startTimeUnixNano % 1_000_000n === 0n),
    raw.map((span) => ({ ...toSpan(span, startNanos), parent: places.get(span.parentSpanId) ?? null })),
  );
}

function toSpan(span: RawSpan, startNanos: bigint): Omit<LooseSpan, 'parent'> {
  const { attributes, startTimeUnixNano, endTimeUnixNano } = span;
  const system = attribute(attributes, 'db.system.name') ?? attribute(attributes, 'db.system');
  return {
    name: span.name,
    service: span.service,
    part: partOf(system, attributes),
    statement: attribute(attributes, 'db.query.text') ?? attribute(attributes, 'db.statement'),
    startMs: Number(startTimeUnixNano - startNanos) / 1e6,
    durationMs: Math.max(0, Number(endTimeUnixNano - startTimeUnixNano) / 1e6),
    failed: span.status?.code === 2 || span.status?.code === 'STATUS_CODE_ERROR',
  };
}

function partOf(system: string | null, attributes: Attributes): SpanPart {
  if (system === 'redis' || system === 'memcached') return 'cache';
  if (system !== null) return 'database';
  return attributes.some(({ key }) => key.startsWith('http.')) ? 'app' : 'other';
}

function attribute(attributes: Attributes, key: string): string | null {
  const value = attributes.find((candidate) => candidate.key === key)?.value;
  const found = value?.stringValue ?? value?.intValue ?? value?.doubleValue ?? value?.boolValue;
  return found === undefined ? null : String(found);
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
