import { z } from 'zod';
import { experimentKeySchema } from './actions.ts';
import { planSchema, slugSchema } from './experiment.ts';
import { metricNameSchema } from './metrics.ts';
import { modeSchema, schemaVersion } from './run.ts';

const variantSchema = z.strictObject({ name: slugSchema, title: z.string() });

/** How long a run takes, without what has to be set up before it: when it stops at its first look, and at its last block. */
const durationSchema = z.strictObject({ leastSeconds: z.number(), mostSeconds: z.number() });

/** What a plan could see of the primary metric, from pairs of identical variants measured on this machine. */
const sensitivitySchema = z.strictObject({
  mode: modeSchema,
  /** The variant that was measured against itself. */
  variant: slugSchema,
  calibratedAt: z.iso.datetime(),
  noiseFloor: z.number().nonnegative(),
  /** The change, as a fraction, that is found in 80 % of cases after 2, 3, ... 20 blocks. */
  detectable: z.array(z.strictObject({ blocks: z.int(), effect: z.number() })),
});

export const listedPlanSchema = z.strictObject({
  name: slugSchema,
  plan: planSchema,
  duration: z.strictObject({ fine: durationSchema, isolated: durationSchema }),
  sensitivity: z.array(sensitivitySchema),
});
export type ListedPlan = z.infer<typeof listedPlanSchema>;

export const listedExperimentSchema = z.strictObject({
  /** What `dyno run` and the dashboard call it: the name of its file. */
  key: experimentKeySchema,
  file: z.string(),
  /** What its runs are called. */
  name: slugSchema,
  title: z.string(),
  service: slugSchema,
  needs: z.array(z.string()),
  baseline: variantSchema,
  candidates: z.array(variantSchema).min(1),
  load: z.strictObject({
    /** The k6 script; null where requests are listed in the experiment. */
    scenario: z.string().nullable(),
    requests: z.array(z.string()),
    vus: z.int(),
    ratePerSecond: z.number().nullable(),
  }),
  primary: metricNameSchema,
  thresholds: z.array(z.string()),
  /** Why it is always measured in isolated mode; null where a pilot may choose. */
  isolatedBecause: z.string().nullable(),
  plans: z.array(listedPlanSchema).min(1),
});
export type ListedExperiment = z.infer<typeof listedExperimentSchema>;

/** What `dyno experiments --json` prints. */
export const experimentListSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  experiments: z.array(listedExperimentSchema),
  /** k6 scripts that can stand in for an experiment's load. */
  scenarios: z.array(z.string()),
  /** Files of `experiments/` that are none. */
  problems: z.array(z.strictObject({ file: z.string(), message: z.string() })),
});
export type ExperimentList = z.infer<typeof experimentListSchema>;
