import { diag } from '@opentelemetry/api';
import { getNumberFromEnv, setGlobalErrorHandler } from '@opentelemetry/core';
import { register, supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';
import { type Level, levels, type Telemetry, telemetryKey, variables } from './names.ts';
import { note } from './notes.ts';
import { startSdk } from './sdk.ts';
import { createWarnings } from './warnings.ts';

/** Only what is instrumented: wrapping every module costs start-up time and memory, and breaks bundled ones. */
const hooked = ['koa', 'ioredis', 'mysql2', 'mysql2/promise', 'http', 'https', 'node:http', 'node:https'];

/** Starts the SDK as the environment says; the service finds what comes back on `globalThis`. */
export function startTelemetry({ spanDelayMs }: { spanDelayMs: number }): Telemetry {
  const warnings = createWarnings(process.env, (line) => process.stderr.write(`${line}\n`));
  diag.setLogger(warnings.logger, { logLevel: warnings.level, suppressOverrideMessage: true });
  setGlobalErrorHandler(warnings.exportFailed);

  if (supportsSyncHooks()) {
    register({ include: hooked });
  } else {
    warnings.say(
      `Node ${process.version} cannot hook ES modules in time: routes and Redis are missing from traces (24.11.1 can).`,
    );
  }
  const level = levelOf(process.env[variables.level]);
  const sdk = startSdk({
    level: level === 'off' ? 'sampled' : level,
    rootSampling: getNumberFromEnv('OTEL_TRACES_SAMPLER_ARG') ?? 1,
    metricIntervalMs: getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? 5000,
    spanDelayMs,
    onError: (error) => warnings.say(`a request could not be recorded (${String(error)})`),
  });
  note({ program: process.argv[1] ?? '', state: 'traced' });

  let ending: Promise<void> | undefined;
  const telemetry: Telemetry = {
    shutdown() {
      // Where nobody listened so far, the last try is a short one.
      ending ??= within(warnings.unreachable() ? 250 : 2000, sdk.shutdown()).then(() => {
        const { spans, metricExports, underWay } = sdk.losses;
        const spansLost = spans + underWay.spans;
        const metricExportsLost = metricExports + underWay.metricExports;
        const caches = sdk.lookups.all();
        note({ state: 'ended', spansLost, metricExportsLost, ...(caches.length > 0 ? { caches } : {}) });
      });
      return ending;
    },
  };
  Object.defineProperty(globalThis, Symbol.for(telemetryKey), { value: telemetry });
  return telemetry;
}

/** What nobody has set, or not rightly, is the ordinary level. */
export function levelOf(value: string | undefined): Level {
  return levels.find((level) => level === value) ?? 'sampled';
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
