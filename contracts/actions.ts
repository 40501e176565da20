import { z } from 'zod';
import { slugSchema } from './experiment.ts';
import { metricNameSchema } from './metrics.ts';
import { runIdSchema } from './run.ts';

/** An experiment by the name of its file in `experiments/`, without the ending. */
export const experimentKeySchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,79}$/);

/** Hours, at most: a window of more is a typing error. */
const seconds = z.number().max(7_200);

/** For another measurement on this machine to end. */
const wait = z.boolean().optional();

/** What a page asks for when it starts a run: an experiment that is there, and options that `dyno run` has too. */
export const newRunSchema = z.strictObject({
  experiment: experimentKeySchema,
  candidate: slugSchema.optional(),
  plan: slugSchema.optional(),
  mode: z.enum(['auto', 'fine', 'isolated']).optional(),
  blocks: z
    .strictObject({ min: z.int().min(2).max(20), max: z.int().min(2).max(20) })
    .refine(({ min, max }) => min <= max, 'at least as many blocks at most as at least')
    .optional(),
  warmupSeconds: seconds.min(0).optional(),
  windowSeconds: seconds.positive().optional(),
  vus: z.int().min(1).max(10_000).optional(),
  ratePerSecond: z.number().positive().max(1_000_000).optional(),
  primary: metricNameSchema.optional(),
  /** One of the listed scripts, in place of the experiment's load. */
  scenario: z.string().max(200).optional(),
  wait,
});
export type NewRun = z.infer<typeof newRunSchema>;

export const newProfileSchema = z.strictObject({
  experiment: experimentKeySchema,
  variant: slugSchema,
  durationSeconds: seconds.min(1).optional(),
  vus: z.int().min(1).max(10_000).optional(),
  wait,
});
export type NewProfile = z.infer<typeof newProfileSchema>;

export const resumeSchema = z.union([
  z.strictObject({ runId: runIdSchema, wait }),
  z.strictObject({ ablationId: runIdSchema, wait }),
]);

/** A run, an ablation, or what was started from a page and is neither yet. */
export const stopSchema = z.union([
  z.strictObject({ runId: runIdSchema }),
  z.strictObject({ ablationId: runIdSchema }),
  z.strictObject({ jobId: runIdSchema }),
]);
export type StopTarget = z.infer<typeof stopSchema>;
