import { z } from 'zod';
import { metricNameSchema, verdictSchema } from './metrics.ts';
import { modeSchema, runIdSchema, schemaVersion } from './run.ts';

/** `calibration.json`: what pairs of identical variants show on this machine with this service and load. */
export const calibrationFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  createdAt: z.iso.datetime(),
  /** The run whose rounds it was computed from. */
  runId: runIdSchema,
  experiment: z.string(),
  /** The machine's: a calibration counts on this machine only. */
  fingerprint: z.string(),
  /** SHA-256 over what was measured: service, variant, load, plan, mode. */
  subject: z.string(),
  mode: modeSchema,
  pairs: z.int().positive(),
  metrics: z.array(
    z.strictObject({
      name: metricNameSchema,
      /** Standard deviation of a pair's log ratio. */
      spread: z.number().nonnegative(),
      /** Half the width of the interval over all pairs, as a fraction: differences below it are noise. */
      noiseFloor: z.number().nonnegative(),
      minimumDetectableEffect: z.number().nonnegative(),
      /** Of identical variants: anything but equivalent or inconclusive is a false alarm. */
      verdict: verdictSchema,
    }),
  ),
});
export type CalibrationFile = z.infer<typeof calibrationFileSchema>;
