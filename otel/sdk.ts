import { context, metrics as metricsApi, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { KoaInstrumentation, KoaLayerType } from '@opentelemetry/instrumentation-koa';
import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import {
  defaultResource,
  detectResources,
  envDetector,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { recordChannels } from './channels.ts';
import { recordProcess } from './process.ts';
import { errorRedaction, statementMask } from './redaction.ts';
import { onlySampled } from './tracer.ts';
import { views } from './views.ts';

export interface SdkOptions {
  /** Share of the requests without a traceparent that are traced; a caller's sampled flag always decides. */
  rootSampling: number;
  metricIntervalMs: number;
}

/** Both signals over OTLP/HTTP, to the address in OTEL_EXPORTER_OTLP_ENDPOINT. */
export function startSdk(options: SdkOptions): { shutdown(): Promise<void> } {
  // No host, OS or process detectors: each of their attributes would become a label of every series.
  const resource = defaultResource().merge(
    detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }),
  );

  // The exporter gives up, tries again included, before its caller does: one failure is one error.
  const exportTimeoutMillis = Math.min(4000, options.metricIntervalMs);
  const meterProvider = new MeterProvider({
    resource,
    views,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ timeoutMillis: exportTimeoutMillis / 2 }),
        exportIntervalMillis: options.metricIntervalMs,
        exportTimeoutMillis,
      }),
    ],
  });
  const tracerProvider = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.rootSampling) }),
    spanLimits: { attributeValueLengthLimit: 2000 },
    spanProcessors: [
      errorRedaction,
      // A request of the naive shop has about 120 spans: room for two seconds of it at full sampling, then spans are dropped.
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ timeoutMillis: 2000 }),
        maxQueueSize: 8192,
        scheduledDelayMillis: 2000,
        exportTimeoutMillis: 4000,
      }),
    ],
  });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  metricsApi.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(onlySampled(tracerProvider));
  registerInstrumentations({ instrumentations: instrumentations() });
  const meter = metricsApi.getMeter('dyno');
  recordChannels(meter);
  recordProcess(meter);

  return {
    async shutdown() {
      await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()]);
    },
  };
}

function instrumentations() {
  return [
    new HttpInstrumentation({
      // A probe every second is neither traffic nor a trace.
      ignoreIncomingRequestHook: (request) => request.url === '/healthz' || request.url === '/readyz',
      requireParentforOutgoingSpans: true,
    }),
    // The router layer is what sets http.route; the other layers are only noise.
    new KoaInstrumentation({ ignoreLayersType: [KoaLayerType.MIDDLEWARE] }),
    new MySQL2Instrumentation({ maskStatement: true, maskStatementHook: statementMask() }),
    // The name of the command only: its arguments are the users' data.
    new IORedisInstrumentation({ dbStatementSerializer: (command) => command }),
    // The event loop's delay is sampled by a timer: at the default 100 Hz it wakes an idle service more often than requests do.
    new RuntimeNodeInstrumentation({ monitoringPrecision: 20 }),
  ];
}
