import { z } from 'zod';
import { factorSchema } from './ablationPlan.ts';
import { slugSchema } from './experiment.ts';
import { metricNameSchema, verdictSchema } from './metrics.ts';
import { guardSchema } from './report.ts';
import { reportedEnvironmentSchema, runIdSchema, schemaVersion } from './run.ts';

/** On over off, with its interval. */
const ratioSchema = z.strictObject({
  estimate: z.number().positive(),
  low: z.number().positive(),
  high: z.number().positive(),
  level: z.number().gt(0).lt(1),
});
export type AblationRatio = z.infer<typeof ratioSchema>;

const pairSchema = z.tuple([slugSchema, slugSchema]);

const switchWorthSchema = z.strictObject({
  name: slugSchema,
  /** Averaged over the others being on and off: the effect of the design. */
  worth: ratioSchema,
  p: z.number().min(0).max(1),
  /** After Holm over all switches. */
  adjustedP: z.number().min(0).max(1),
  verdict: verdictSchema,
  /** With nothing else on. */
  alone: ratioSchema,
  /** On top of everything else. */
  together: ratioSchema,
  /** Together over alone: above 1 the others take some of what a switch that helps is worth. */
  interaction: ratioSchema,
  /** Whether `together` holds blocks of the confirmation. */
  confirmed: z.boolean(),
  /** One sentence with figures. */
  sentence: z.string(),
});
export type SwitchWorth = z.infer<typeof switchWorthSchema>;

const ablationMetricSchema = z.strictObject({
  name: metricNameSchema,
  title: z.string(),
  unit: z.string(),
  /** Everything off and everything on, geometric means of their rounds. */
  baseline: z.number().positive(),
  optimized: z.number().positive(),
  /** The one that helps most first, the one that hurts most last. */
  switches: z.array(switchWorthSchema).min(2),
  interactions: z.array(
    z.strictObject({
      pair: pairSchema,
      /** What the second one does to what the first is worth: (on / off with it) over (on / off without it). */
      ratio: z.number().positive(),
      p: z.number().min(0).max(1),
      /** Pairs that the design cannot tell apart from it. */
      aliases: z.array(pairSchema),
      sentence: z.string(),
    }),
  ),
  /** Of all worths. */
  product: ratioSchema,
  /** All on over all off, measured beside each other. */
  whole: ratioSchema,
  /** Whole over product: what three switches and more do together. */
  remainder: ratioSchema,
  /** Whether no remainder at all lies within its interval. */
  agrees: z.boolean(),
  sentence: z.string(),
});
export type AblationMetric = z.infer<typeof ablationMetricSchema>;

/** `ablation.json`: what each switch is worth. */
export const ablationSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  runId: runIdSchema,
  experiment: slugSchema,
  title: z.string(),
  createdAt: z.iso.datetime(),
  /** The answer in one sentence, of the first metric. */
  sentence: z.string(),
  /** False when a guard failed: the figures do not count. */
  valid: z.boolean(),
  method: z.string(),
  planName: z.string(),
  seed: z.int(),
  replicates: z.int().positive(),
  rounds: z.int().positive(),
  /** Of all rounds that counted; pauses of one that was stopped are left out. */
  seconds: z.number().nonnegative(),
  factors: z.array(factorSchema),
  inside: z.array(slugSchema).nullable(),
  /** CPU per request first, where it is known. */
  metrics: z.array(ablationMetricSchema).min(1),
  guards: z.array(guardSchema),
  notes: z.array(z.string()),
  environment: reportedEnvironmentSchema,
});
export type Ablation = z.infer<typeof ablationSchema>;
