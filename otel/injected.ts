import { startTelemetry } from './telemetry.ts';

/**
 * What preload.cjs loads into somebody else's service. No signal is listened to: a listener takes away the signal's own action, and some
 * services would then ignore SIGTERM and keep their port. Spans are sent soon instead, and the lab leaves time for it before it stops a service.
 */
const telemetry = startTelemetry({ spanDelayMs: 250 });
process.once('beforeExit', () => void telemetry.shutdown());
