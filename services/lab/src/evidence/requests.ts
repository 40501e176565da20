import { z } from 'zod';

/** One request of a trace pass, as its trace shows it. */
export interface TracedRequest {
  traceId: string;
  /** Name of the service's own span, for example "GET /products". */
  name: string;
  durationMs: number;
  spans: number;
}

const attributesSchema = z
  .array(z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }).optional() }))
  .default([]);
const nanosSchema = z.union([z.string(), z.number()]).transform(BigInt);
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string(),
  kind: z.union([z.number(), z.string()]).default(0),
  startTimeUnixNano: nanosSchema,
  endTimeUnixNano: nanosSchema,
});
type Span = z.infer<typeof spanSchema>;

/** What Jaeger's query API v3 answers: OTLP JSON under `result`. */
const answerSchema = z.object({
  result: z.object({
    resourceSpans: z
      .array(
        z.object({
          resource: z.object({ attributes: attributesSchema }).optional(),
          scopeSpans: z.array(z.object({ spans: z.array(spanSchema).default([]) })).default([]),
        }),
      )
      .default([]),
  }),
});

/** The requests whose service carries all these resource attributes; other traces in the answer are left out. */
export function requestsOf(answer: unknown, attributes: Readonly<Record<string, string>>): TracedRequest[] {
  const { resourceSpans } = answerSchema.parse(answer).result;
  const spans = resourceSpans
    .filter(({ resource }) => carries(resource?.attributes ?? [], attributes))
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return [...Map.groupBy(spans, ({ traceId }) => traceId)].flatMap(([traceId, ofTrace]) => {
    const root = rootOf(ofTrace);
    return root ? [{ traceId, name: root.name, durationMs: durationMs(root), spans: ofTrace.length }] : [];
  });
}

/**
 * The requests at the 50th, 95th and 99th percentile of those that were traced (nearest rank), of the route that was asked most,
 * which is the scenario's: readiness probes and the like are few.
 */
export function chooseRequests(
  requests: readonly TracedRequest[],
): { p50: TracedRequest; p95: TracedRequest; p99: TracedRequest } | null {
  const routes = [...Map.groupBy(requests, ({ name }) => name).values()];
  const ofRoute = routes
    .sort((a, b) => b.length - a.length)[0]
    ?.toSorted((a, b) => a.durationMs - b.durationMs || a.traceId.localeCompare(b.traceId));
  const at = (share: number) => ofRoute?.[Math.ceil(share * ofRoute.length) - 1];
  const [p50, p95, p99] = [at(0.5), at(0.95), at(0.99)];
  return p50 && p95 && p99 ? { p50, p95, p99 } : null;
}

function carries(
  attributes: z.infer<typeof attributesSchema>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    attributes.some((attribute) => attribute.key === key && attribute.value?.stringValue === value),
  );
}

/** The service's answer to the virtual user: a server span whose parent is elsewhere. */
function rootOf(spans: readonly Span[]): Span | undefined {
  const own = new Set(spans.map(({ spanId }) => spanId));
  return spans.find(({ kind, parentSpanId }) => isServer(kind) && !own.has(parentSpanId));
}

/** OTLP JSON writes enums as numbers, some writers as names. */
function isServer(kind: Span['kind']): boolean {
  return kind === 2 || kind === 'SPAN_KIND_SERVER';
}

function durationMs({ startTimeUnixNano, endTimeUnixNano }: Span): number {
  return Number(endTimeUnixNano - startTimeUnixNano) / 1e6;
}
