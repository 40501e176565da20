import type { Attributes, HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { defaultResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';

export interface Definition {
  name: string;
  unit: string;
  description: string;
}

/** One series of an instrument: what differs from record to record is the value only. */
export interface Series {
  record(value: number): void;
}
/** The series of these labels; the caller keeps it. */
export type SeriesOf = (attributes: Attributes) => Series;

/**
 * Counters and histograms whose series are bound to their labels once. OpenTelemetry's have no such thing: each record sorts and
 * hashes its labels anew.
 */
export class Instruments implements MetricProducer {
  readonly #startTime: HrTime = hrTime();
  readonly #metrics: ((endTime: HrTime) => MetricData)[] = [];

  histogram(definition: Definition, boundaries: readonly number[]): SeriesOf {
    const series: HistogramSeries[] = [];
    this.#metrics.push((endTime) => ({
      ...this.#described(definition),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: series.map(({ attributes, counts, sum, count }) => ({
        startTime: this.#startTime,
        endTime,
        attributes,
        value: { buckets: { boundaries: [...boundaries], counts: [...counts] }, sum, count },
      })),
    }));
    return (attributes) => added(series, new HistogramSeries(attributes, boundaries));
  }

  counter(definition: Definition): SeriesOf {
    const series: CounterSeries[] = [];
    this.#metrics.push((endTime) => ({
      ...this.#described(definition),
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: series.map(({ attributes, value }) => ({
        startTime: this.#startTime,
        endTime,
        attributes,
        value,
      })),
    }));
    return (attributes) => added(series, new CounterSeries(attributes));
  }

  /** The reader takes the resource of its own provider. */
  collect(): Promise<CollectionResult> {
    const endTime = hrTime();
    const metrics = this.#metrics
      .map((read) => read(endTime))
      .filter(({ dataPoints }) => dataPoints.length > 0);
    return Promise.resolve({
      resourceMetrics: {
        resource: defaultResource(),
        scopeMetrics: [{ scope: { name: 'dyno' }, metrics }],
      },
      errors: [],
    });
  }

  #described(definition: Definition) {
    return {
      descriptor: { ...definition, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
  }
}

class HistogramSeries implements Series {
  readonly attributes: Attributes;
  readonly counts: number[];
  sum = 0;
  count = 0;
  readonly #boundaries: readonly number[];

  constructor(attributes: Attributes, boundaries: readonly number[]) {
    this.attributes = attributes;
    this.#boundaries = boundaries;
    this.counts = new Array(boundaries.length + 1).fill(0);
  }

  record(value: number): void {
    // Upper bounds are inclusive.
    let bucket = 0;
    while (bucket < this.#boundaries.length && value > (this.#boundaries[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }
}

class CounterSeries implements Series {
  readonly attributes: Attributes;
  value = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  record(value: number): void {
    this.value += value;
  }
}

function added<T>(series: T[], one: T): T {
  series.push(one);
  return one;
}

/** Labels are few; where a service makes more than that of them, the rest is one series, as in OpenTelemetry's own SDK. */
const seriesAtMost = 500;

/** Keeps what `make` has made of these three; looked up one after the other, because putting them together would cost more. */
export function seriesBy<Second extends string | number>(
  of: SeriesOf,
  make: (first: string, second: Second, third: string) => Attributes,
): (first: string, second: Second, third: string) => Series {
  const known = new Map<string, Map<Second, Map<string, Series>>>();
  let count = 0;
  let rest: Series | undefined;
  const add = (first: string, second: Second, third: string): Series => {
    if (count >= seriesAtMost) {
      rest ??= of({ 'otel.metric.overflow': true });
      return rest;
    }
    count += 1;
    const series = of(make(first, second, third));
    const seconds = known.get(first) ?? new Map<Second, Map<string, Series>>();
    known.set(first, seconds);
    const thirds = seconds.get(second) ?? new Map<string, Series>();
    seconds.set(second, thirds);
    thirds.set(third, series);
    return series;
  };
  return (first, second, third) => known.get(first)?.get(second)?.get(third) ?? add(first, second, third);
}
