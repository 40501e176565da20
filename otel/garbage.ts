import type { Attributes, Histogram, Meter, MeterProvider } from '@opentelemetry/api';
import type { Instruments, Series } from './instruments.ts';
import { metrics } from './names.ts';
import { pauseSeconds } from './views.ts';

const kind = 'v8js.gc.type';

/**
 * Hands out the meters of `provider`, but the histogram of the garbage collector's pauses is one of ours: a service under load collects
 * many times a second, and OpenTelemetry's histogram sorts and hashes the labels of each pause anew.
 */
export function withBoundPauses(provider: MeterProvider, instruments: Instruments): MeterProvider {
  const of = instruments.histogram(metrics.garbagePause, pauseSeconds);
  const known = new Map<unknown, Series>();
  const pauses: Histogram = {
    record(seconds: number, labels: Attributes = {}) {
      const value = labels[kind];
      let series = known.get(value);
      if (!series) {
        series = of({ [kind]: value });
        known.set(value, series);
      }
      series.record(seconds);
    },
  };
  return {
    getMeter(...which) {
      const meter = provider.getMeter(...which);
      const createHistogram: Meter['createHistogram'] = (name, options) =>
        name === metrics.garbagePause.name ? pauses : meter.createHistogram(name, options);
      return Object.assign(Object.create(meter) as Meter, { createHistogram });
    },
  };
}
