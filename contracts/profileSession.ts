import { z } from 'zod';
import { slugSchema } from './experiment.ts';
import { runIdSchema, schemaVersion } from './run.ts';

/** `results/profiles/<id>/session.json`: one variant under load with a profiler before it, outside of any run. */
export const profileSessionSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  id: runIdSchema,
  createdAt: z.iso.datetime(),
  experiment: slugSchema,
  /** Relative to the project; absolute where it lies outside. */
  experimentFile: z.string(),
  title: z.string(),
  service: slugSchema,
  variant: slugSchema,
  variantTitle: z.string(),
  vus: z.int().positive(),
  ratePerSecond: z.number().positive().nullable(),
  seconds: z.number().positive(),
  samples: z.int().nonnegative(),
  requests: z.int().nonnegative(),
  /** Relative to the session's folder. */
  flamegraph: z.string(),
  folded: z.string(),
});
export type ProfileSession = z.infer<typeof profileSessionSchema>;
