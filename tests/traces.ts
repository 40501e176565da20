import { stackUrl } from './shop.ts';

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unknown';
  service: string;
  attributes: Record<string, unknown>;
}

const kinds = ['unknown', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}
interface OtlpTrace {
  result: {
    resourceSpans: {
      resource: { attributes?: KeyValue[] };
      scopeSpans: {
        spans: {
          traceId: string;
          spanId: string;
          parentSpanId?: string;
          name: string;
          kind: number;
          attributes?: KeyValue[];
        }[];
      }[];
    }[];
  };
}

/** A whole trace from Jaeger's API, as soon as it is there. */
export async function readTrace(traceId: string, deadlineMs: number): Promise<Span[]> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const response = await fetch(new URL(`/api/v3/traces/${traceId}`, stackUrl('JAEGER')));
    if (response.ok) return spansOf((await response.json()) as OtlpTrace);
    await response.arrayBuffer();
    if (performance.now() > end) throw new Error(`Jaeger has no trace ${traceId} (HTTP ${response.status}).`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function spansOf(trace: OtlpTrace): Span[] {
  return trace.result.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(record(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: kinds[span.kind] ?? 'unknown',
        service,
        attributes: record(span.attributes),
      })),
    );
  });
}

function record(pairs: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
