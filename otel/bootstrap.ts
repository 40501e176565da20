/**
 * Telemetry of a service, loaded before it: `node --import ./otel/bootstrap.ts main.ts`. Everything is told by the usual variables
 * (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED, OTEL_TRACES_SAMPLER_ARG,
 * OTEL_METRIC_EXPORT_INTERVAL); there is nothing to change in the service.
 */
import { diag } from '@opentelemetry/api';
import { getBooleanFromEnv, getNumberFromEnv, setGlobalErrorHandler } from '@opentelemetry/core';
import { register, supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';
import { flushAtExit } from './goodbye.ts';
import { type Telemetry, telemetryKey } from './names.ts';
import { startSdk } from './sdk.ts';
import { createWarnings } from './warnings.ts';

if (!getBooleanFromEnv('OTEL_SDK_DISABLED')) start();

function start(): void {
  const warnings = createWarnings(process.env, (line) => process.stderr.write(`${line}\n`));
  diag.setLogger(warnings.logger, { logLevel: warnings.level, suppressOverrideMessage: true });
  setGlobalErrorHandler(warnings.exportFailed);

  if (supportsSyncHooks()) {
    // Only what is instrumented: wrapping every module costs start-up time and memory, and breaks bundled ones.
    register({
      include: ['koa', 'ioredis', 'mysql2', 'mysql2/promise', 'http', 'https', 'node:http', 'node:https'],
    });
  } else {
    warnings.say(
      `Node ${process.version} cannot hook ES modules in time: routes and Redis are missing from traces (24.11.1 can).`,
    );
  }

  const sdk = startSdk({
    rootSampling: getNumberFromEnv('OTEL_TRACES_SAMPLER_ARG') ?? 1,
    metricIntervalMs: getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? 5000,
  });

  let ending: Promise<void> | undefined;
  const telemetry: Telemetry = {
    shutdown() {
      // Where nobody listened so far, the last try is a short one.
      ending ??= within(warnings.unreachable() ? 250 : 2000, sdk.shutdown());
      return ending;
    },
  };
  Object.defineProperty(globalThis, Symbol.for(telemetryKey), { value: telemetry });
  flushAtExit(() => telemetry.shutdown());
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
