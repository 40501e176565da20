import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataPointType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { withBoundPauses } from './garbage.ts';
import { Instruments } from './instruments.ts';

test('pauses of the garbage collector are counted by kind; other instruments are those of the provider', async () => {
  const instruments = new Instruments();
  const provider = new MeterProvider();
  const meter = withBoundPauses(provider, instruments).getMeter('runtime');
  const pauses = meter.createHistogram('v8js.gc.duration', { unit: 's' });
  for (const [seconds, kind] of [
    [0.001, 'minor'],
    [0.02, 'major'],
    [0.003, 'minor'],
  ] as const) {
    pauses.record(seconds, { 'v8js.gc.type': kind });
  }
  const [metric] = (await instruments.collect()).resourceMetrics.scopeMetrics[0]?.metrics ?? [];
  assert.ok(metric?.dataPointType === DataPointType.HISTOGRAM);
  assert.equal(metric.descriptor.name, 'v8js.gc.duration');
  assert.deepEqual(
    metric.dataPoints.map(({ attributes, value }) => [attributes['v8js.gc.type'], value.count, value.sum]),
    [
      ['minor', 2, 0.004],
      ['major', 1, 0.02],
    ],
  );
  const other = meter.createHistogram('something.else');
  assert.equal(other.constructor, provider.getMeter('runtime').createHistogram('one.more').constructor);
});
