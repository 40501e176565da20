import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { attributes } from '../otel/names.ts';
import { withRedis } from '../services/api/src/testing/servers.ts';
import { queryPrometheus } from './prometheus.ts';
import { runK6, stackUrl, startShop, variants } from './shop.ts';
import { readTrace, type Span } from './traces.ts';

const deadlineMs = 60_000;
const [, optimized] = variants;

/** Which services send which metrics: the name in Prometheus, and the labels that make it the right series. */
const metricTable: {
  metric: string;
  labels?: Record<string, string>;
  variants: readonly { name: string }[];
}[] = [
  { metric: 'http_server_request_duration_seconds_count', labels: { http_route: '/products' }, variants },
  { metric: 'http_server_request_duration_seconds_count', labels: { http_route: '/products/:id' }, variants },
  {
    metric: 'http_server_request_duration_seconds_count',
    labels: { http_response_status_code: '404' },
    variants,
  },
  { metric: 'traces_span_metrics_calls_total', labels: { span_name: 'GET /products' }, variants },
  { metric: 'traces_span_metrics_duration_milliseconds_bucket', labels: { le: '+Inf' }, variants },
  { metric: 'db_client_operation_duration_seconds_count', labels: { db_system_name: 'mysql' }, variants },
  { metric: 'db_client_connection_create_time_seconds_count', variants },
  { metric: 'db_client_connection_wait_time_seconds_count', variants: [optimized] },
  {
    metric: 'db_client_operation_duration_seconds_count',
    labels: { db_system_name: 'redis' },
    variants: [optimized],
  },
  {
    metric: 'dyno_cache_lookups_total',
    labels: { dyno_cache_name: 'memory', dyno_cache_result: 'hit' },
    variants: [optimized],
  },
  {
    metric: 'dyno_cache_lookups_total',
    labels: { dyno_cache_name: 'redis' },
    variants: [optimized],
  },
  { metric: 'process_cpu_time_seconds_total', labels: { cpu_mode: 'user' }, variants },
  { metric: 'process_memory_usage_bytes', variants },
  { metric: 'dyno_telemetry_dropped_total', variants },
  { metric: 'nodejs_eventloop_utilization_ratio', variants },
  { metric: 'nodejs_eventloop_delay_p99_seconds', variants },
  { metric: 'v8js_gc_duration_seconds_count', variants },
  { metric: 'v8js_memory_heap_used_bytes', variants },
];

/** Who calls whom, as the spans of one trace must show it. */
const edgeTable: { caller: Node; callee: Node; variants: readonly { name: string }[] }[] = [
  { caller: 'k6', callee: 'api', variants },
  { caller: 'api', callee: 'mysql', variants },
  { caller: 'api', callee: 'redis', variants: [optimized] },
];
type Node = 'k6' | 'api' | 'mysql' | 'redis';

/** Answers that other tests have left there need no query. */
before(() => withRedis((redis) => redis.flushdb()));

for (const variant of variants) {
  test(`signals of the variant ${variant.name}`, { timeout: 180_000 }, async (context) => {
    const runId = `signals-${randomUUID().slice(0, 8)}`;
    const single = {
      product: traceparent(),
      // Asked again, so that a cache has something to find whatever k6's users looked at.
      again: traceparent(),
      unknown: traceparent(),
      unsampled: traceparent(false),
    };
    const shop = await startShop(context, variant, {
      [attributes.runId]: runId,
      [attributes.variant]: variant.name,
      [attributes.round]: '1',
    });
    const { traceparents } = await runK6(context, { url: shop.url, vus: 4, seconds: 4, sampling: 1 });
    /** Trace to the span that k6 said is the parent. */
    const k6Parents = new Map(traceparents.map((parent) => [traceIdOf(parent), spanIdOf(parent)]));
    assert.ok(k6Parents.size >= 4, `k6 sent ${k6Parents.size} requests`);
    await ask(`${shop.url}/products/1`, single.product, 200);
    await ask(`${shop.url}/products/1`, single.again, 200);
    await ask(`${shop.url}/no-such-page`, single.unknown, 404);
    await ask(`${shop.url}/no-such-page`, single.unsampled, 404);
    const { output } = await shop.stop();

    const read = (traceIds: Iterable<string>) =>
      Promise.all([...traceIds].map((traceId) => readTrace(traceId, deadlineMs)));
    const queryCounter = `sum(last_over_time(${selector('db_client_operation_duration_seconds_count', {
      ...own(runId, variant),
      db_system_name: 'mysql',
    })}[5m]))`;
    const { traces, product, again, unknown, counted } = await poll(
      async () => {
        const [product = [], again = [], unknown = []] = await read(
          [single.product, single.again, single.unknown].map(traceIdOf),
        );
        const [count] = await queryPrometheus(queryCounter);
        return { traces: await read(k6Parents.keys()), product, again, unknown, counted: count?.value };
      },
      ({ traces, product, again, counted }) => queriesIn([...traces, product, again]) === counted,
    );

    await context.test(
      'every metric of the table is in Prometheus, with run, variant and round',
      async () => {
        const rows = metricTable.filter((row) => row.variants.includes(variant));
        const queries = rows.map(({ metric, labels }) =>
          selector(metric, { ...labels, ...own(runId, variant) }),
        );
        assert.deepEqual(await missing(queries), [], 'nothing in Prometheus for these');
      },
    );

    await context.test('every edge of the table is in the traces', () => {
      const seen = new Set(traces.flatMap((spans) => spans.map((span) => edgeOf(span, spans, k6Parents))));
      const expected = edgeTable.filter((row) => row.variants.includes(variant));
      const absent = expected
        .map((row) => `${row.caller} -> ${row.callee}`)
        .filter((edge) => !seen.has(edge));
      assert.deepEqual(absent, [], 'no trace shows these edges');
    });

    await context.test('every query and command belongs to the trace that the virtual user began', () => {
      for (const spans of traces) {
        const servers = spans.filter((span) => span.kind === 'server');
        assert.deepEqual(
          servers.map((span) => [span.name, span.attributes['http.route'], span.parentSpanId]),
          [['GET /products', '/products', k6Parents.get(spans[0]?.traceId ?? '')]],
        );
        for (const span of spans)
          assert.equal(rootOf(span, spans), servers[0], `${span.name} hangs in the air`);
      }
    });

    await context.test(
      'no query is missing from the traces: there are as many as the service counted',
      () => {
        assert.equal(queriesIn([...traces, product, again]), counted);
      },
    );

    await context.test('routes are named by their pattern; an unknown page has none', () => {
      assert.equal(product.find((span) => span.kind === 'server')?.name, 'GET /products/:id');
      assert.equal(unknown.find((span) => span.kind === 'server')?.attributes['http.route'], undefined);
    });

    await context.test('what the caller did not sample is not traced', async () => {
      const response = await fetch(
        new URL(`/api/v3/traces/${traceIdOf(single.unsampled)}`, stackUrl('JAEGER')),
      );
      await response.arrayBuffer();
      assert.equal(response.status, 404);
    });

    await context.test('no parameter, literal or key is in a span', () => {
      for (const span of traces.flat()) {
        const statement = String(span.attributes['db.query.text'] ?? '');
        if (span.attributes['db.system.name'] === 'redis') assert.match(statement, /^\w+$/);
        if (span.attributes['db.system.name'] === 'mysql') assert.doesNotMatch(statement, /['"]|\b\d+\b/);
      }
    });

    await context.test('log lines of a request name its trace and span', () => {
      for (const traceId of k6Parents.keys()) {
        const line = output.split('\n').find((text) => text.includes(`"trace_id":"${traceId}"`));
        assert.match(line ?? '', /"span_id":"[\da-f]{16}"/, `no log line names ${traceId}`);
      }
      assert.doesNotMatch(output, /^telemetry:/m);
    });
  });
}

function own(runId: string, variant: { name: string }): Record<string, string> {
  return { service_name: 'api', job: 'api', dyno_run_id: runId, dyno_variant: variant.name, dyno_round: '1' };
}

function selector(metric: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return `${metric}{${pairs.join(',')}}`;
}

/** The queries that answer nothing, not even at the deadline; the service has ended, so its last values are asked for. */
function missing(queries: string[]): Promise<string[]> {
  return poll(
    async () => {
      const answers = await Promise.all(
        queries.map((query) => queryPrometheus(`last_over_time(${query}[5m])`)),
      );
      return queries.filter((_, index) => answers[index]?.length === 0);
    },
    (left) => left.length === 0,
  );
}

/** Batches and scrapes take their seconds: asks until the answer is good, or the deadline has come. */
async function poll<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (good(answer) || performance.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function queriesIn(traces: Span[][]): number {
  return traces.flat().filter((span) => span.attributes['db.system.name'] === 'mysql').length;
}

function nodeOf(span: Span): Node | null {
  if (span.kind === 'server' && span.service === 'api') return 'api';
  const system = span.attributes['db.system.name'];
  return system === 'mysql' || system === 'redis' ? system : null;
}

/** The edge that ends in this span; inner spans of a service are passed over. */
function edgeOf(span: Span, spans: Span[], k6Parents: Map<string, string>): string | null {
  const callee = nodeOf(span);
  if (callee === null) return null;
  if (span.parentSpanId === k6Parents.get(span.traceId)) return `k6 -> ${callee}`;
  let above = spans.find((other) => other.spanId === span.parentSpanId);
  while (above && nodeOf(above) === null) above = spans.find((other) => other.spanId === above?.parentSpanId);
  return above ? `${nodeOf(above)} -> ${callee}` : null;
}

function rootOf(span: Span, spans: Span[]): Span {
  const parent = spans.find((other) => other.spanId === span.parentSpanId);
  return parent ? rootOf(parent, spans) : span;
}

function traceparent(sampled = true): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-0${sampled ? 1 : 0}`;
}

function traceIdOf(parent: string): string {
  return parent.split('-')[1] ?? '';
}

function spanIdOf(parent: string): string {
  return parent.split('-')[2] ?? '';
}

async function ask(url: string, parent: string, status: number): Promise<void> {
  const response = await fetch(url, { headers: { traceparent: parent } });
  await response.arrayBuffer();
  assert.equal(response.status, status, url);
}
