/**
 * Telemetry of a service, loaded before it: `node --import ./otel/bootstrap.ts main.ts`. Everything is told by the usual variables
 * (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED, OTEL_TRACES_SAMPLER_ARG,
 * OTEL_METRIC_EXPORT_INTERVAL) and DYNO_TELEMETRY (names.ts); there is nothing to change in the service.
 */
import { variables } from './names.ts';

const off = process.env[variables.level] === 'off' || process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
// Loaded only when wanted: switched off, telemetry costs nothing at all.
if (!off) {
  const [{ flushAtExit }, { startTelemetry }] = await Promise.all([
    import('./goodbye.ts'),
    import('./telemetry.ts'),
  ]);
  const telemetry = startTelemetry({ spanDelayMs: 2000 });
  flushAtExit(() => telemetry.shutdown());
}
