import { z } from 'zod';

/** The part of a request's time that a span stands for; on the page: lightness, never hue. */
export type SpanPart = 'app' | 'database' | 'cache' | 'other';

export interface Span {
  id: string;
  name: string;
  service: string;
  part: SpanPart;
  /** Statement of a database span, command of a cache span; null for others. */
  statement: string | null;
  startMs: number;
  durationMs: number;
  failed: boolean;
  children: Span[];
}

export interface Trace {
  traceId: string;
  /** From the earliest start to the latest end: a root may end before its children. */
  durationMs: number;
  spans: number;
  roots: Span[];
}

/** One line of the waterfall: a span, or several equal siblings. */
export interface TraceRow {
  depth: number;
  span: Span;
  /** Every bar of the line; one, unless siblings were folded. */
  bars: { startMs: number; durationMs: number }[];
  totalMs: number;
}

const valueSchema = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const attributesSchema = z.array(z.object({ key: z.string(), value: valueSchema.optional() })).default([]);
const nanosSchema = z.union([z.string(), z.number()]).transform((value) => BigInt(value));
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

/** Spans of one kept trace, as a tree in order of their starts. Throws where the text is not OTLP JSON. */
export function parseTrace(text: string): Trace {
  const { resourceSpans } = otlpSchema.parse(JSON.parse(text));
  const raw: RawSpan[] = resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = attribute(resource?.attributes ?? [], 'service.name') ?? 'unknown';
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });
  const [first] = raw;
  if (!first) return { traceId: '', durationMs: 0, spans: 0, roots: [] };
  const startNanos = raw.reduce((least, span) => min(least, span.startTimeUnixNano), first.startTimeUnixNano);
  const endNanos = raw.reduce((most, span) => max(most, span.endTimeUnixNano), first.endTimeUnixNano);
  const byId = new Map(raw.map((span) => [span.spanId, toSpan(span, startNanos)]));
  const roots: Span[] = [];
  for (const span of raw) {
    const node = byId.get(span.spanId);
    if (!node) continue;
    const parent = span.parentSpanId === span.spanId ? undefined : byId.get(span.parentSpanId);
    (parent ? parent.children : roots).push(node);
  }
  for (const span of byId.values()) span.children.sort(byStart);
  return {
    traceId: first.traceId,
    durationMs: toMs(endNanos - startNanos),
    spans: raw.length,
    roots: roots.sort(byStart),
  };
}

/** Five or more equal siblings become one line, unless `unfolded`: an N+1 is one fact, not forty lines. */
const foldFrom = 5;

export function rowsOf(trace: Trace, unfolded: boolean): TraceRow[] {
  const rows: TraceRow[] = [];
  const visit = (siblings: Span[], depth: number): void => {
    const groups = Map.groupBy(siblings, (span) => `${span.service}\n${span.name}\n${span.statement ?? ''}`);
    for (const group of groups.values()) {
      const lines = unfolded || group.length < foldFrom ? group.map((span) => [span]) : [group];
      for (const [span, ...equal] of lines) {
        if (!span) continue;
        const bars = [span, ...equal].map(({ startMs, durationMs }) => ({ startMs, durationMs }));
        rows.push({ depth, span, bars, totalMs: bars.reduce((sum, bar) => sum + bar.durationMs, 0) });
        if (equal.length === 0) visit(span.children, depth + 1);
      }
    }
  };
  visit(trace.roots, 0);
  return rows;
}

function toSpan(span: RawSpan, startNanos: bigint): Span {
  const system = attribute(span.attributes, 'db.system.name') ?? attribute(span.attributes, 'db.system');
  return {
    id: span.spanId,
    name: span.name,
    service: span.service,
    part: partOf(system, span.attributes),
    statement: attribute(span.attributes, 'db.query.text') ?? attribute(span.attributes, 'db.statement'),
    startMs: toMs(span.startTimeUnixNano - startNanos),
    durationMs: toMs(max(0n, span.endTimeUnixNano - span.startTimeUnixNano)),
    failed: span.status?.code === 2 || span.status?.code === 'STATUS_CODE_ERROR',
    children: [],
  };
}

function partOf(system: string | null, attributes: z.infer<typeof attributesSchema>): SpanPart {
  if (system === 'redis' || system === 'memcached') return 'cache';
  if (system !== null) return 'database';
  return attributes.some(({ key }) => key.startsWith('http.')) ? 'app' : 'other';
}

function attribute(attributes: z.infer<typeof attributesSchema>, key: string): string | null {
  const value = attributes.find((candidate) => candidate.key === key)?.value;
  const found = value?.stringValue ?? value?.intValue ?? value?.doubleValue ?? value?.boolValue;
  return found === undefined ? null : String(found);
}

const byStart = (a: Span, b: Span): number => a.startMs - b.startMs;
const toMs = (nanos: bigint): number => Number(nanos) / 1e6;
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
