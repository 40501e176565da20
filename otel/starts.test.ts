import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, type HrTime, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { fineStarts } from './starts.ts';

const micros = ([seconds, nanos]: HrTime): number => seconds * 1e6 + nanos / 1e3;

function recorder() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [fineStarts, new SimpleSpanProcessor({ exporter })],
  });
  return { tracer: provider.getTracer('test'), finished: () => exporter.getFinishedSpans() };
}

test('spans one after the other begin one after the other, inside of their parent', () => {
  const { tracer, finished } = recorder();
  const parent = tracer.startSpan('parent', {}, ROOT_CONTEXT);
  const within = trace.setSpan(context.active(), parent);
  for (let child = 0; child < 20; child++) tracer.startSpan(`child ${child}`, {}, within).end();
  parent.end();
  const spans = finished();
  const children = spans.filter(({ name }) => name !== 'parent');
  const whole = spans.find(({ name }) => name === 'parent');
  assert.ok(whole);
  assert.equal(children.length, 20);
  assert.ok(
    spans.some(({ startTime }) => startTime[1] % 1_000_000 !== 0),
    'finer than a millisecond',
  );
  let lastMicros = micros(whole.startTime);
  for (const { startTime, endTime } of children) {
    assert.ok(micros(startTime) >= lastMicros, `${micros(startTime)} is not before ${lastMicros}`);
    lastMicros = micros(endTime);
  }
  assert.ok(micros(whole.endTime) >= lastMicros);
});

test('a start that was given stays', () => {
  const { tracer, finished } = recorder();
  tracer.startSpan('given', { startTime: 1_780_000_000_000 }).end(1_780_000_000_005);
  assert.deepEqual(finished()[0]?.startTime, [1_780_000_000, 0]);
});
