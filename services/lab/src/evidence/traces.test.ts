import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { evidenceFileSchema } from '@dyno/contracts/run';
import { readSettings } from '../settings.ts';
import { chooseRequests, requestsOf } from './requests.ts';
import { keepTraces, type TracePass } from './traces.ts';

const { ports } = readSettings();
const signal = new AbortController().signal;

test('requests at p50, p95 and p99 of a variant, from the running Jaeger', {
  timeout: 60_000,
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-traces-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const pass = tracePass();
  // 1 to 40 ms by GET /products, a few slower ones by another route, and a twin of it all by another variant.
  const durations = Array.from({ length: 40 }, (_, index) => index + 1);
  for (const variant of [pass.variant, 'other']) {
    const scale = variant === 'other' ? 7 : 1;
    await send(pass, variant, [
      ...durations.map((ms) => ({ name: 'GET /products', ms: ms * scale })),
      ...[900, 950].map((ms) => ({ name: 'GET /readyz', ms })),
    ]);
  }

  const { traces, missing } = await keepTraces(pass, folder, signal);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    traces.map(({ kind, variant, durationMs, spans, file }) => ({ kind, variant, durationMs, spans, file })),
    [
      { kind: 'p50', variant: 'naive', durationMs: 20, spans: 2, file: 'traces/naive-p50.json' },
      { kind: 'p95', variant: 'naive', durationMs: 38, spans: 2, file: 'traces/naive-p95.json' },
      { kind: 'p99', variant: 'naive', durationMs: 40, spans: 2, file: 'traces/naive-p99.json' },
    ],
  );
  assert.ok(evidenceFileSchema.shape.traces.safeParse(traces).success);
  for (const { traceId, file, url } of traces) {
    const [request, ...others] = requestsOf(JSON.parse(readFileSync(join(folder, file), 'utf8')), {});
    assert.equal(request?.traceId, traceId);
    assert.deepEqual(others, [], 'one trace in the file');
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    await answer.arrayBuffer();
  }
});

test('no traces is said in words', { timeout: 60_000 }, async () => {
  const { traces, missing } = await keepTraces({ ...tracePass(), patienceMs: 0 }, '/nowhere', signal);
  assert.deepEqual(traces, []);
  assert.deepEqual(missing, ['traces of naive: Jaeger received none during the trace pass; it is asleep']);
});

test('a service whose own telemetry calls it otherwise is found by its run', {
  timeout: 60_000,
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-traces-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const pass = tracePass();
  await send(pass, pass.variant, [{ name: 'GET /', ms: 5 }]);
  const { traces } = await keepTraces({ ...pass, service: 'another-name' }, folder, signal);
  assert.deepEqual(
    traces.map(({ durationMs }) => durationMs),
    [5, 5, 5],
  );
});

test('a Jaeger that is not there is said in words', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const address = closed.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => closed.close(resolve));
  const { missing } = await keepTraces(
    { ...tracePass(), jaegerUrl: `http://127.0.0.1:${port}` },
    '/nowhere',
    signal,
  );
  assert.equal(missing.length, 1);
  assert.match(missing[0] ?? '', /^traces of naive: Jaeger does not answer at http:/);
});

test('an interruption is passed on', async () => {
  await assert.rejects(
    keepTraces(tracePass(), '/nowhere', AbortSignal.abort(new Error('stopped'))),
    /stopped/,
  );
});

test('one request is all of them', () => {
  const request = { traceId: 'a', name: 'GET /', durationMs: 1, spans: 1 };
  assert.deepEqual(chooseRequests([request]), { p50: request, p95: request, p99: request });
  assert.equal(chooseRequests([]), null);
});

function tracePass(): TracePass {
  const now = Date.now();
  return {
    jaegerUrl: `http://127.0.0.1:${ports.jaeger}`,
    service: 'evidence-test',
    whyNone: 'it is asleep',
    runId: `evidence-${randomBytes(4).toString('hex')}`,
    variant: 'naive',
    round: 'trace',
    startMs: now - 10_000,
    endMs: now,
  };
}

/** Traces as a service sends them: a server span with a query below. */
async function send(
  pass: TracePass,
  variant: string,
  requests: { name: string; ms: number }[],
): Promise<void> {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const spans = requests.flatMap(({ name, ms }) => {
    const traceId = randomBytes(16).toString('hex');
    const spanId = randomBytes(8).toString('hex');
    const start = BigInt(pass.startMs + 1000) * 1_000_000n;
    const times = {
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(ms) * 1_000_000n),
    };
    return [
      { traceId, spanId, parentSpanId: randomBytes(8).toString('hex'), name, kind: 2, ...times },
      {
        traceId,
        spanId: randomBytes(8).toString('hex'),
        parentSpanId: spanId,
        name: 'SELECT',
        kind: 3,
        ...times,
      },
    ];
  });
  const response = await fetch(`http://127.0.0.1:${ports.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [
        {
          resource: {
            attributes: [
              attribute('service.name', pass.service),
              attribute('dyno.run.id', pass.runId),
              attribute('dyno.variant', variant),
              attribute('dyno.round', pass.round),
            ],
          },
          scopeSpans: [{ spans }],
        },
      ],
    }),
  });
  assert.equal(response.status, 200);
  await response.arrayBuffer();
}
