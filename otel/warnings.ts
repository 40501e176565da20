import { type DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import { diagLogLevelFromString } from '@opentelemetry/core';

/** The SDK repeats itself at every export. A service's log gets one line when the collector is away, and each other warning once. */
export function createWarnings(env: NodeJS.ProcessEnv, write: (line: string) => void) {
  const level = diagLogLevelFromString(env.OTEL_LOG_LEVEL) ?? DiagLogLevel.WARN;
  const seen = new Set<string>();
  let failed = false;

  const say = (message: string): void => {
    // Counts and times differ from one repetition to the next.
    const kind = message.replace(/\d+/g, '#').slice(0, 120);
    if (seen.has(kind) || seen.size >= 20) return;
    seen.add(kind);
    write(`telemetry: ${message}`);
  };
  const exportFailed = (error: unknown): void => {
    if (failed) return;
    failed = true;
    const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://localhost:4318';
    write(
      `telemetry: the collector at ${endpoint} takes nothing (${reason(error)}); the service goes on without it.`,
    );
  };
  const logged = (message: string, ...rest: unknown[]) => {
    const whole = [message, ...rest.map(String)].join(' ');
    if (/export/i.test(whole) && /failed|timed out/i.test(whole)) exportFailed(whole);
    else say(whole);
  };
  const logger: DiagLogger = { error: logged, warn: logged, info: logged, debug: logged, verbose: logged };

  return {
    level,
    logger,
    say,
    unreachable: () => failed,
    exportFailed,
  };
}

/** `export failed (error Error: connect ECONNREFUSED 127.0.0.1:4318)` is about the last four words. */
function reason(error: unknown): string {
  const message =
    error instanceof Error
      ? error.message || ('code' in error ? String(error.code) : error.name)
      : String(error);
  return /\b(?:E[A-Z]{4,}|timed out|getaddrinfo)[^)]*/.exec(message)?.[0] ?? message;
}
