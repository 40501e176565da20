import { context, metrics as metricsApi, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { recordChannels } from './channels.ts';
import { withBoundPauses } from './garbage.ts';
import { Instruments } from './instruments.ts';
import { Lookups } from './lookups.ts';
import { countedMetrics, countedSpans, Losses } from './losses.ts';
import type { Level } from './names.ts';
import { recordLosses, recordProcess } from './process.ts';
import { errorRedaction, statementMask } from './redaction.ts';
import type { SpanHome } from './requestSpan.ts';
import { KoaRoutes, listenToFastify, routeOf } from './routes.ts';
import { isSampled, samplerOf } from './sampling.ts';
import { Sender } from './sender.ts';
import { recordServer } from './server.ts';
import { fineStarts } from './starts.ts';
import { views } from './views.ts';

export interface SdkOptions {
  level: Exclude<Level, 'off'>;
  /** Share of the requests without a traceparent that are traced; a caller's sampled flag always decides. */
  rootSampling: number;
  metricIntervalMs: number;
  /** Longest time that a finished span waits for others. */
  spanDelayMs: number;
  /** A failure of ours, which must not become the service's. */
  onError(error: unknown): void;
}

/** Both signals over OTLP/HTTP, to the address in OTEL_EXPORTER_OTLP_ENDPOINT. */
export function startSdk(options: SdkOptions): {
  losses: Losses;
  lookups: Lookups;
  shutdown(): Promise<void>;
} {
  // No host, OS or process detectors: each of their attributes would become a label of every series.
  const resource = defaultResource().merge(
    detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }),
  );
  const losses = new Losses();
  const lookups = new Lookups();
  const instruments = new Instruments();
  const sender = new Sender();
  const meterProvider = metricsOf(options, resource, { losses, sender, instruments });
  const traces = options.level === 'metrics' ? null : tracesOf(options, resource, { losses, sender });
  const tracerProvider = traces?.provider;

  const contexts = new AsyncLocalStorageContextManager();
  context.setGlobalContextManager(contexts);
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  metricsApi.setGlobalMeterProvider(meterProvider);
  if (tracerProvider) trace.setGlobalTracerProvider(tracerProvider);
  registerInstrumentations({
    instrumentations: [new KoaRoutes(), ...(tracerProvider ? spanInstrumentations() : [])],
  });
  registerInstrumentations({
    // The event loop's delay is sampled by a timer: at the default 100 Hz it wakes an idle service more often than requests do.
    instrumentations: [new RuntimeNodeInstrumentation({ monitoringPrecision: 20 })],
    meterProvider: withBoundPauses(meterProvider, instruments),
  });
  const meter = metricsApi.getMeter('dyno');
  recordServer({
    spans: traces?.requests ?? null,
    instruments,
    isSampled: isSampled(options),
    routeOf,
    enter: (entered) => void contexts.attach(entered),
    active: () => contexts.active(),
    // A probe every second is neither traffic nor a trace.
    ignored: ['/healthz', '/readyz'],
    onError: options.onError,
  });
  listenToFastify();
  recordChannels(instruments, lookups);
  recordProcess(meter);
  recordLosses(meter, losses);

  return {
    losses,
    lookups,
    async shutdown() {
      await Promise.allSettled([tracerProvider?.shutdown(), meterProvider.shutdown()]);
    },
  };
}

function metricsOf(
  { metricIntervalMs }: SdkOptions,
  resource: Resource,
  { losses, sender, instruments }: { losses: Losses; sender: Sender; instruments: Instruments },
): MeterProvider {
  // The exporter gives up, tries again included, before its caller does: one failure is one error.
  const exportTimeoutMillis = Math.min(4000, metricIntervalMs);
  return new MeterProvider({
    resource,
    views,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: countedMetrics(losses, sender, exportTimeoutMillis / 2),
        exportIntervalMillis: metricIntervalMs,
        exportTimeoutMillis,
        metricProducers: [instruments],
      }),
    ],
  });
}

function tracesOf(
  options: SdkOptions,
  resource: Resource,
  { losses, sender }: { losses: Losses; sender: Sender },
): { provider: TracerProvider; requests: SpanHome } {
  // A request of the naive shop has about 120 spans: room for two seconds of it at full sampling, then spans are dropped.
  const queue = countedSpans(losses, sender, { queueSize: 8192, delayMs: options.spanDelayMs });
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(options),
    spanLimits: { attributeValueLengthLimit: 2000 },
    spanProcessors: [fineStarts, errorRedaction, queue],
  });
  return { provider, requests: { resource, onEnd: queue.onEnd } };
}

function spanInstrumentations(): Instrumentation[] {
  return [
    // Requests that the service sends; those that it answers are ours (server.ts).
    new HttpInstrumentation({
      disableIncomingRequestInstrumentation: true,
      requireParentforOutgoingSpans: true,
    }),
    new MySQL2Instrumentation({ maskStatement: true, maskStatementHook: statementMask() }),
    // The name of the command only: its arguments are the users' data.
    new IORedisInstrumentation({ dbStatementSerializer: (command) => command }),
  ];
}
