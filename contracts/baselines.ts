import { z } from 'zod';
import { slugSchema } from './experiment.ts';
import { runIdSchema, schemaVersion } from './run.ts';

/** `results/baselines.json`: of each experiment the run whose candidate later ones are held against. */
export const baselinesFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  baselines: z.record(
    slugSchema,
    z.strictObject({
      runId: runIdSchema,
      /** The variant of that run. */
      candidate: slugSchema,
      setAt: z.iso.datetime(),
    }),
  ),
});
export type BaselinesFile = z.infer<typeof baselinesFileSchema>;
