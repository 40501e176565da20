import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { MailServer } from './testing/mailServer.ts';
import { ended, leaveEmail, ownWorkDatabase, startTestWorker, until } from './testing/work.ts';

const exporter = new InMemorySpanExporter();
const database = ownWorkDatabase();
before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
});

test('the request that left a job, its handing over and its doing are one trace, and nothing else is one', async (context) => {
  const mail = await MailServer.start();
  context.after(() => mail.close());
  const worker = await startTestWorker({ SMTP_URL: mail.url });
  const id = await trace.getTracer('test').startActiveSpan('POST /orders', async (span) => {
    const id = await leaveEmail(database);
    span.end();
    return id;
  });
  await ended(database, id);
  await until('the job has its span', () => named('process emails') !== undefined);
  await worker.stop();
  const [request, added, processed] = [
    named('POST /orders'),
    named('add emails.email'),
    named('process emails'),
  ];
  assert.equal(added?.parentSpanContext?.spanId, request?.spanContext().spanId);
  assert.equal(processed?.parentSpanContext?.spanId, added?.spanContext().spanId);
  assert.equal(processed?.spanContext().traceId, request?.spanContext().traceId);
  assert.equal(exporter.getFinishedSpans().length, 3);
});

function named(name: string) {
  return exporter.getFinishedSpans().find((span) => span.name === name);
}
