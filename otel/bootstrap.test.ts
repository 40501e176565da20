import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Note, variables } from './names.ts';

const bootstrap = fileURLToPath(new URL('./bootstrap.ts', import.meta.url));
const fixture = fileURLToPath(new URL('./fixtures/service.ts', import.meta.url));
const traceId = '0af7651916cd43dd8448eb211c80319c';
/** For those who wait for an export that fails. */
const soon = { OTEL_METRIC_EXPORT_INTERVAL: '2000' };

const endings = [
  { ending: 'exit', code: 0 },
  { ending: 'exit-at-once', code: 7 },
  { ending: 'run-dry', code: 0 },
  { ending: 'waits', code: 0 },
  // No listener of its own: it dies of the signal, as it would without us.
  { ending: 'none', code: null },
] as const;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  for (const { ending, code } of endings) {
    test(`${signal} to a service that ends by "${ending}": the last request is sent`, async (context) => {
      const collector = await startCollector(context);
      const service = await startService(context, collector.url, ending);
      await untilSending(context, service, collector);
      await ask(service.url, true);
      const ended = await service.stop(signal);
      assert.deepEqual(ended, { code, signal: code === null ? signal : null });
      assert.ok(collector.traces().includes(Buffer.from(traceId, 'hex')), 'the span of the last request');
      assert.ok(collector.metrics().includes('http.server.request.duration'), 'the last metrics');
      assert.equal(service.telemetryLines().length, 0, service.telemetryLines().join('\n'));
    });
  }
}

test('a service whose event loop runs dry sends what is left', async (context) => {
  const collector = await startCollector(context);
  const service = await startService(context, collector.url, 'none');
  await untilSending(context, service, collector);
  await ask(`${service.url}/close`, true);
  assert.deepEqual(await service.ended, { code: 0, signal: null });
  assert.ok(collector.traces().includes(Buffer.from(traceId, 'hex')));
});

test('the caller decides what is traced; every request is counted', async (context) => {
  const collector = await startCollector(context);
  const service = await startService(context, collector.url, 'exit');
  await ask(service.url, false);
  await service.stop('SIGTERM');
  assert.equal(collector.traces().length, 0);
  assert.ok(collector.metrics().includes('http.server.request.duration'));
});

test('signals carry run, variant, round and an instance of their own', async (context) => {
  const collector = await startCollector(context);
  const instances = new Set<string>();
  for (let start = 0; start < 2; start++) {
    const service = await startService(context, collector.url, 'exit');
    await untilSending(context, service, collector);
    await ask(service.url, true);
    await service.stop('SIGTERM');
    for (const sent of [collector.traces(), collector.metrics()]) {
      for (const expected of ['fixture', 'dyno.run.id', 'run-1', 'dyno.variant', 'naive', 'dyno.round']) {
        assert.ok(sent.includes(expected), expected);
      }
    }
    const ids = collector
      .metrics()
      .toString('latin1')
      .match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g);
    for (const id of ids ?? []) instances.add(id);
  }
  assert.equal(instances.size, 2);
});

test('health probes are no traces', async (context) => {
  const collector = await startCollector(context);
  const service = await startService(context, collector.url, 'exit');
  await ask(`${service.url}/readyz`, true);
  await ask(`${service.url}/healthz`, true);
  await service.stop('SIGTERM');
  assert.equal(collector.traces().length, 0);
});

for (const { level, traces, metrics } of [
  { level: 'off', traces: false, metrics: false },
  { level: 'metrics', traces: false, metrics: true },
  { level: 'sampled', traces: false, metrics: true },
  { level: 'full', traces: true, metrics: true },
]) {
  test(`level ${level}: a request that its caller does not sample`, async (context) => {
    const collector = await startCollector(context);
    const service = await startService(context, collector.url, 'exit', { [variables.level]: level });
    await ask(service.url, false);
    await service.stop('SIGTERM');
    assert.equal(collector.traces().length > 0, traces);
    assert.equal(collector.metrics().includes('http.server.request.duration'), metrics);
  });
}

for (const { collector: kind, lost } of [
  { collector: 'answers', lost: 0 },
  { collector: 'is away', lost: 1 },
  { collector: 'never answers', lost: 1 },
]) {
  test(`a service whose collector ${kind} says at its end that it has lost ${lost} spans`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'dyno-notes-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const notes = join(folder, 'notes');
    const collector = await startCollector(context, { silent: kind === 'never answers' });
    if (kind === 'is away') await collector.close();
    const service = await startService(context, collector.url, 'exit', { [variables.notes]: notes });
    if (kind === 'answers') await untilSending(context, service, collector);
    await ask(service.url, true);
    await service.stop('SIGTERM');
    const [first, last] = readFileSync(notes, 'utf8')
      .split('\n', 2)
      .map((line) => JSON.parse(line) as Note);
    assert.equal(first?.state, 'traced');
    assert.ok(last?.state === 'ended', JSON.stringify(last));
    assert.equal(last.spansLost, lost);
    assert.equal(last.metricExportsLost > 0, lost > 0);
  });
}

test('without a collector the service answers, warns once and ends', async (context) => {
  const collector = await startCollector(context);
  await collector.close();
  const service = await startService(context, collector.url, 'exit', soon);
  await service.warned;
  await ask(service.url, true);
  assert.deepEqual(await service.stop('SIGTERM'), { code: 0, signal: null });
  assert.deepEqual(service.telemetryLines(), [
    `telemetry: the collector at ${collector.url} takes nothing (${service.refusal()}); the service goes on without it.`,
  ]);
});

test('a collector that never answers does not keep a service from ending', async (context) => {
  const collector = await startCollector(context, { silent: true });
  const service = await startService(context, collector.url, 'exit', soon);
  await ask(service.url, true);
  await service.warned;
  assert.deepEqual(await service.stop('SIGTERM'), { code: 0, signal: null });
  assert.equal(service.telemetryLines().length, 1, service.telemetryLines().join('\n'));
});

test('OTEL_SDK_DISABLED leaves the service alone', async (context) => {
  const collector = await startCollector(context);
  const service = await startService(context, collector.url, 'none', { OTEL_SDK_DISABLED: 'true' });
  await ask(service.url, true);
  assert.deepEqual(await service.stop('SIGTERM'), { code: null, signal: 'SIGTERM' });
  assert.equal(collector.traces().length + collector.metrics().length, 0);
});

async function ask(url: string, sampled: boolean): Promise<void> {
  const response = await fetch(url, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-0${sampled ? 1 : 0}`, connection: 'close' },
  });
  assert.equal(await response.text(), 'here');
}

/**
 * A service that ends waits two seconds, and a slow machine takes longer to load the thread that sends: it is there when a first batch
 * has come, which is sent as soon as it is whole.
 */
async function untilSending(
  context: TestContext,
  service: { url: string },
  collector: { traces(): Buffer },
): Promise<void> {
  const batch = 512;
  const before = collector.traces().length;
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  const request = `GET / HTTP/1.1\r\nhost: here\r\ntraceparent: 00-${'1'.repeat(32)}-b7ad6b7169203331-01\r\n`;
  socket.write(`${`${request}\r\n`.repeat(batch - 1)}${request}connection: close\r\n\r\n`);
  socket.resume();
  await once(socket, 'close');
  await context.waitFor(() => assert.ok(collector.traces().length > before), { timeout: 60_000 });
}

/** Takes OTLP and keeps the bytes; names and values are plain in protobuf. */
async function startCollector(context: TestContext, { silent = false } = {}) {
  const received: { path: string; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ path: request.url ?? '', body: Buffer.concat(chunks) });
    if (!silent) response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  context.after(close);
  const of = (path: string) =>
    Buffer.concat(received.filter((sent) => sent.path === path).map((sent) => sent.body));
  return {
    url: `http://127.0.0.1:${port}`,
    close,
    traces: () => of('/v1/traces'),
    metrics: () => of('/v1/metrics'),
  };
}

async function startService(
  context: TestContext,
  collector: string,
  ending: string,
  env: NodeJS.ProcessEnv = {},
) {
  const child = spawn(process.execPath, ['--import', bootstrap, fixture, '--ending', ending], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      OTEL_SERVICE_NAME: 'fixture',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      OTEL_RESOURCE_ATTRIBUTES: 'dyno.run.id=run-1,dyno.variant=naive,dyno.round=3',
      // At their end alone: it has longer than a service waits for it then.
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
      ...env,
    },
  });
  context.after(() => child.kill('SIGKILL'));
  const ended = endOf(child);
  const stderr: string[] = [];
  const warned = new Promise<void>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      stderr.push(line);
      resolve();
    });
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    url: `http://127.0.0.1:${port}`,
    ended,
    warned,
    telemetryLines: () => stderr,
    refusal: () => `ECONNREFUSED ${collector.slice('http://'.length)}`,
    stop(signal: NodeJS.Signals) {
      child.kill(signal);
      return ended;
    },
  };
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = await once(child, 'close');
  return { code, signal };
}
