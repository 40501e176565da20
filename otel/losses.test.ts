import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { countedSpans, Losses } from './losses.ts';
import { Sender } from './sender.ts';

const queueSize = 10;

test('what does not fit into the queue is counted, at once', async (context) => {
  const collector = await startCollector(context);
  const { losses, provider, end } = spansTo(collector.url);
  // The first ten are on their way, ten wait, the rest has no room.
  end(25);
  assert.equal(losses.spans, 5);
  collector.answer(200);
  await provider.shutdown();
  assert.equal(losses.spans, 5);
});

test('what the collector refuses is counted, and so is what is left at the end', async (context) => {
  const collector = await startCollector(context);
  const { losses, provider, end } = spansTo(collector.url);
  end(14);
  assert.equal(losses.spans, 0);
  collector.answer(400);
  await provider.shutdown().catch(() => {});
  assert.equal(losses.spans, 14);
});

test('spans that we do not write ourselves are sent with the others', async (context) => {
  const collector = await startCollector(context);
  const { losses, provider } = spansTo(collector.url);
  collector.answer(200);
  const tracer = provider.getTracer('test');
  tracer.startSpan('plain').end();
  tracer.startSpan('eventful').addEvent('tried again').end();
  await provider.shutdown();
  assert.equal(losses.spans, 0);
  for (const text of ['plain', 'eventful', 'tried again']) {
    assert.ok(Buffer.concat(collector.received).includes(text), text);
  }
});

test('a span that we cannot write is sent by the SDK, and the others with it', async (context) => {
  const collector = await startCollector(context);
  const { losses, provider } = spansTo(collector.url);
  collector.answer(200);
  const tracer = provider.getTracer('test');
  tracer.startSpan('plain').end();
  tracer.startSpan('before 1970', { startTime: [-1, 0] }).end();
  await provider.shutdown();
  assert.equal(losses.spans, 0);
  for (const text of ['plain', 'before 1970']) {
    assert.ok(Buffer.concat(collector.received).includes(text), text);
  }
});

function spansTo(url: string) {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url;
  const losses = new Losses();
  const provider = new TracerProvider({
    spanProcessors: [countedSpans(losses, new Sender(), { queueSize, delayMs: 60_000 })],
  });
  const tracer = provider.getTracer('test');
  const end = (spans: number) => {
    for (let made = 0; made < spans; made += 1) tracer.startSpan('work').end();
  };
  return { losses, provider, end };
}

/** Answers when it is told to. */
async function startCollector(context: TestContext) {
  const waiting: ServerResponse[] = [];
  const received: Buffer[] = [];
  let status = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => received.push(chunk));
    waiting.push(response);
    reply();
  }).listen(0, '127.0.0.1');
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  const reply = () => {
    if (status) for (const response of waiting.splice(0)) response.writeHead(status).end();
  };
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = (with_: number) => {
    status = with_;
    reply();
  };
  return { url: `http://127.0.0.1:${port}`, answer, received };
}
