import { AggregationType, type ViewOptions } from '@opentelemetry/sdk-metrics';

/**
 * Upper bounds in seconds. OpenTelemetry's own begin at 5 ms, which puts a whole cached service into the first bucket; exponential
 * histograms would do, but the collector's Prometheus exporter (0.140) cannot pass them on. Neighbours are at most a third apart up to
 * 50 ms and at most double above, and a quantile is read off with that accuracy; exact ones come from k6's raw samples.
 */
export const requestSeconds = [
  0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.012, 0.015, 0.02,
  0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10,
];
export const operationSeconds = [
  0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015,
  0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5,
];
export const pauseSeconds = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

export const views: ViewOptions[] = [
  buckets('http.client.request.duration', requestSeconds),
  // Dozens of series that no page or report reads.
  drop('v8js.resource.active'),
  drop('v8js.memory.heap.space.available_size'),
  drop('v8js.memory.heap.space.physical_size'),
];

function buckets(instrumentName: string, boundaries: number[]): ViewOptions {
  return {
    instrumentName,
    aggregation: {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries, recordMinMax: false },
    },
  };
}

function drop(instrumentName: string): ViewOptions {
  return { instrumentName, aggregation: { type: AggregationType.DROP } };
}
