import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  getRPCMetadata,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { defaultResource } from '@opentelemetry/resources';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Instruments } from './instruments.ts';
import { isSampled, samplerOf } from './sampling.ts';
import { recordServer } from './server.ts';

const run = promisify(execFile);
const olderContexts = '--no-async-context-frame';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerId = 'b7ad6b7169203331';
const sampled = `00-${traceId}-${callerId}-01`;
const unsampled = `00-${traceId}-${callerId}-00`;

const contexts = new AsyncLocalStorageContextManager();
context.setGlobalContextManager(contexts);
propagation.setGlobalPropagator(
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
);
const sampling = { level: 'sampled', rootSampling: 1 } as const;
const spans: ReadableSpan[] = [];
const kept: SpanProcessor = {
  onStart() {},
  onEnd: (span) => void spans.push(span),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
const provider = new TracerProvider({ sampler: samplerOf(sampling), spanProcessors: [kept] });
const tracer: Tracer = provider.getTracer('queries');
const instruments = new Instruments();
const errors: unknown[] = [];
recordServer({
  spans: { resource: defaultResource(), onEnd: kept.onEnd },
  instruments,
  isSampled: isSampled(sampling),
  enter: (entered: Context) => void contexts.attach(entered),
  active: () => contexts.active(),
  routeOf: (request) => request.headers['x-route']?.toString(),
  ignored: ['/readyz'],
  onError: (error) => errors.push(error),
});

/** Asks the database for something, as an instrumentation sees it. */
function query(name: string): void {
  tracer.startSpan(name, { kind: SpanKind.CLIENT }).end();
}

test('a query is the child of its request, whose parent is the caller', async (t) => {
  const port = await listen(t, async (_, response) => {
    await new Promise((resolve) => setImmediate(resolve));
    query('select');
    response.end('here');
  });
  await ask(port, [{ traceparent: sampled, 'x-route': '/things/:id' }], '/things/1?secret=2');
  const [child, request] = taken();
  assert.ok(request && child);
  assert.equal(request.name, 'GET /things/:id');
  assert.equal(request.kind, SpanKind.SERVER);
  assert.equal(request.spanContext().traceId, traceId);
  assert.equal(request.parentSpanContext?.spanId, callerId);
  assert.equal(request.parentSpanContext?.isRemote, true);
  assert.equal(request.attributes['url.path'], '/things/1');
  assert.equal(request.attributes['http.route'], '/things/:id');
  assert.equal(request.attributes['http.response.status_code'], 200);
  assert.equal(child.parentSpanContext?.spanId, request.spanContext().spanId);
  assert.equal(child.spanContext().traceId, traceId);
});

test('nothing of a request that is not traced begins a trace, also behind one that is', async (t) => {
  const port = await listen(t, (request, response) => {
    query(`select ${request.headers['x-route']}`);
    response.end('here');
  });
  // One packet and one connection for both.
  await ask(port, [
    { traceparent: sampled, 'x-route': 'first' },
    { traceparent: unsampled, 'x-route': 'second' },
  ]);
  await ask(port, [{ traceparent: unsampled, 'x-route': 'third' }]);
  assert.deepEqual(
    taken().map(({ name }) => name),
    ['select first', 'GET first'],
  );
});

test('a probe is no trace, whatever its caller says', async (t) => {
  const port = await listen(t, (_, response) => {
    query('select');
    response.end('here');
  });
  await ask(port, [{ traceparent: sampled }], '/readyz');
  assert.deepEqual(taken(), []);
});

test('state and baggage of the caller go on; what is no traceparent is none', async (t) => {
  const seen: { baggage: unknown; state: unknown; rpc: boolean }[] = [];
  const port = await listen(t, (_, response) => {
    const active = context.active();
    seen.push({
      baggage: propagation.getBaggage(active)?.getEntry('who')?.value,
      state: trace.getSpanContext(active)?.traceState?.serialize(),
      rpc: getRPCMetadata(active.setValue(Symbol('more'), 1))?.span === trace.getSpan(active),
    });
    response.end('here');
  });
  await ask(port, [{ traceparent: sampled, tracestate: 'vendor=1', baggage: 'who=me' }]);
  for (const traceparent of [`00-${'0'.repeat(32)}-${callerId}-01`, `ff-${traceId}-${callerId}-01`]) {
    await ask(port, [{ traceparent }]);
  }
  assert.deepEqual(seen[0], { baggage: 'me', state: 'vendor=1', rpc: true });
  const [first, ...others] = taken();
  assert.equal(first?.parentSpanContext?.spanId, callerId);
  assert.equal(others.length, 2);
  for (const other of others) {
    assert.equal(other.parentSpanContext, undefined);
    assert.match(other.spanContext().traceId, /^[\da-f]{32}$/);
    assert.notEqual(other.spanContext().traceId, traceId);
  }
});

test('an answer that never was is counted and traced as aborted, once', async (t) => {
  const port = await listen(t, (request) => request.socket.destroy());
  await ask(port, [{ traceparent: sampled, 'x-route': '/gone' }]);
  await t.waitFor(() => assert.ok(spans.length > 0));
  const [span] = taken();
  assert.equal(span?.attributes['error.type'], 'aborted');
  assert.equal(span?.status.code, 2);
  assert.equal(span?.attributes['http.response.status_code'], undefined);
  assert.equal(await countOf('/gone'), 1);
});

test("what a service says of its request's span is kept as the SDK keeps it", async (t) => {
  const port = await listen(t, (request, response) => {
    const span = trace.getActiveSpan();
    assert.ok(span);
    if (request.headers['x-route'] === '/ok') span.setStatus({ code: SpanStatusCode.OK });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' });
    span.setStatus({ code: SpanStatusCode.UNSET });
    for (let index = 0; index < 200; index += 1) span.setAttribute(`row.${index}`, index);
    span.setAttribute('row.0', 'again');
    response.writeHead(503).end();
  });
  await ask(port, [{ traceparent: sampled, 'x-route': '/ok' }]);
  await ask(port, [{ traceparent: sampled, 'x-route': '/failed' }]);
  const [ok, failed] = taken();
  assert.deepEqual(ok?.status, { code: SpanStatusCode.OK });
  assert.deepEqual(failed?.status, { code: SpanStatusCode.ERROR, message: 'no stock' });
  const { attributes = {}, droppedAttributesCount = 0 } = failed ?? {};
  assert.equal(attributes['row.0'], 'again');
  assert.equal(attributes['http.response.status_code'], 503);
  const rows = Object.keys(attributes).filter((name) => name.startsWith('row.')).length;
  assert.ok(rows > 100 && rows < 128, `${rows} rows`);
  assert.equal(rows + droppedAttributesCount, 200);
});

test('each request counts in the series of its route, in whatever order they come', async (t) => {
  const port = await listen(t, (_, response) => response.end('here'));
  for (const route of ['/a', '/b', '/a', '/a', '/b']) {
    await ask(port, [{ traceparent: unsampled, 'x-route': route }]);
  }
  assert.deepEqual([await countOf('/a'), await countOf('/b')], [3, 2]);
  assert.deepEqual(errors, []);
});

test('the same where a connection keeps the context of its last request, as before Node 24', {
  skip: process.execArgv.includes(olderContexts),
}, async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, [olderContexts, fileURLToPath(import.meta.url)], { env });
  assert.match(stdout, /fail 0/);
});

async function listen(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Sends all of them at once on one connection, and waits until the service has closed it. */
async function ask(port: number, requests: Record<string, string>[], path = '/'): Promise<void> {
  const texts = requests.map((headers, index) => {
    const last = index === requests.length - 1 ? { connection: 'close' } : {};
    const lines = Object.entries({ host: 'here', ...headers, ...last }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  });
  const socket = connect(port, '127.0.0.1');
  socket.write(texts.join(''));
  socket.resume();
  await once(socket, 'close');
}

function taken(): ReadableSpan[] {
  return spans.splice(0);
}

async function countOf(route: string): Promise<number> {
  const { resourceMetrics } = await instruments.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics
    .filter((metric) => metric.dataPointType === DataPointType.HISTOGRAM)
    .flatMap((metric) => metric.dataPoints)
    .filter(({ attributes }) => attributes['http.route'] === route)
    .reduce((sum, { value }) => sum + value.count, 0);
}
