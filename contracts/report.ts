import { z } from 'zod';
import { slugSchema } from './experiment.ts';
import { betterSchema, metricNameSchema, overallVerdictSchema, verdictSchema } from './metrics.ts';
import { modeSchema, reportedEnvironmentSchema, runIdSchema, schemaVersion } from './run.ts';

/** Candidate over baseline. `level` is the interval's real level: 1 - alpha of the look at which the run stopped. Null where a ratio has no meaning (errors of 0). */
const ratioSchema = z.strictObject({
  estimate: z.number().positive(),
  low: z.number().nonnegative(),
  high: z.number().positive(),
  level: z.number().gt(0).lt(1),
});

/** Candidate minus baseline; for error rates (Newcombe). */
const differenceSchema = z.strictObject({
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
  level: z.number(),
});

export const metricResultSchema = z.strictObject({
  name: metricNameSchema,
  /** As the catalogue says them: whatever writes a report writes these two as they are. */
  title: z.string().regex(/^[\w ]{1,40}$/, 'a title of letters and digits'),
  unit: z.string().regex(/^[\w/ ]{1,10}$/, 'a unit of letters and digits'),
  better: betterSchema,
  gated: z.boolean(),
  baseline: z.strictObject({ estimate: z.number(), low: z.number().nullable(), high: z.number().nullable() }),
  candidate: z.strictObject({
    estimate: z.number(),
    low: z.number().nullable(),
    high: z.number().nullable(),
  }),
  ratio: ratioSchema.nullable(),
  difference: differenceSchema.nullable(),
  verdict: verdictSchema,
  /** Ratio that this run could have seen with 80 % power, as a fraction (0.05 = 5 %); null before there is a spread. */
  minimumDetectableEffect: z.number().nullable(),
  /** Standard deviation of a pair's log ratio; null below two pairs. */
  spread: z.number().nonnegative().nullable(),
  /** p value over all looks so far, and the same after Holm over the metrics that count (the primary one is tested first, alone); null where there is no test. */
  p: z.number().min(0).max(1).nullable(),
  adjustedP: z.number().min(0).max(1).nullable(),
  /** The rank-based estimate beside the ratio (Hodges-Lehmann, exact signed-rank interval). */
  hodgesLehmann: ratioSchema.nullable(),
  /** Blocks in all that would see a difference of the margin with 80 % power; null where the verdict is certain. */
  blocksNeeded: z.int().positive().nullable(),
  /** From `dyno calibrate` on this machine and service: the ratio that two identical variants reach, as a fraction; null without one. */
  noiseFloor: z.number().nonnegative().nullable(),
  /** The ratio after each look, as it narrowed. */
  path: z.array(
    z.strictObject({
      blocks: z.int().positive(),
      estimate: z.number().positive(),
      low: z.number().nonnegative(),
      high: z.number().positive(),
    }),
  ),
  /** The verdict in words, one sentence. */
  sentence: z.string(),
  /** One log ratio per block, for the paired picture. */
  pairs: z.array(z.strictObject({ block: z.int(), baseline: z.number(), candidate: z.number() })),
});
export type MetricResult = z.infer<typeof metricResultSchema>;

export const guardSchema = z.strictObject({
  name: z.string(),
  status: z.enum(['pass', 'warn', 'fail']),
  detail: z.string(),
  /** What to do about it; empty when it passed. */
  advice: z.string(),
});
export type Guard = z.infer<typeof guardSchema>;

const hitsSchema = z.strictObject({ hits: z.int().nonnegative(), misses: z.int().nonnegative() });

const comparedSchema = z.strictObject({
  name: slugSchema,
  title: z.string(),
  /** Of the git ref that was measured; absent where it was none. */
  commit: z.string().optional(),
});

/** `report.json`: the answer. */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  runId: runIdSchema,
  experiment: slugSchema,
  title: z.string(),
  createdAt: z.iso.datetime(),
  baseline: comparedSchema,
  candidate: comparedSchema,
  verdict: overallVerdictSchema,
  exitCode: z.int(),
  /** The verdict in one sentence, with figures. */
  sentence: z.string(),
  mode: modeSchema,
  modeReason: z.string(),
  /** The method in words: unit, order, test, level. */
  method: z.string(),
  /** From the first round's start to the end of the last one that counted. */
  secondsToVerdict: z.number().nonnegative(),
  planName: z.string(),
  seed: z.int(),
  /** Pairs that counted. */
  blocks: z.int().nonnegative(),
  blocksMax: z.int().positive(),
  /** Why the run ended where it did. */
  stopped: z.enum(['certain', 'maximum', 'interrupted']),
  primary: metricNameSchema,
  margin: z.number(),
  metrics: z.array(metricResultSchema),
  /** Latency over successful answers alone: a variant that fails fast must not look fast. */
  successful: z.array(
    z.strictObject({
      name: metricNameSchema,
      baseline: z.number(),
      candidate: z.number(),
      ratio: ratioSchema.nullable(),
    }),
  ),
  /** The machine, so that two reports can be laid side by side. */
  environment: reportedEnvironmentSchema,
  /** The calibration whose noise floor is quoted. */
  calibration: z.strictObject({ createdAt: z.iso.datetime(), pairs: z.int().positive() }).nullable(),
  guards: z.array(guardSchema),
  thresholds: z.array(
    z.strictObject({
      threshold: z.string(),
      /** A value of the candidate, or its change from the baseline as a fraction. */
      kind: z.enum(['absolute', 'relative']),
      /** The candidate's; null when it was not measured. */
      value: z.number().nullable(),
      passed: z.boolean(),
      detail: z.string(),
    }),
  ),
  /** CPU ms per request by process, for each variant: parts that add up to the estimate of `cpu.perRequest`. */
  cpuMsPerRequest: z.strictObject({
    baseline: z.record(z.string(), z.number()),
    candidate: z.record(z.string(), z.number()),
  }),
  /** Look-ups in the caches of the services over all rounds that count, warm-ups included; null where a variant has no such cache. Absent where nobody counted. */
  caches: z
    .array(
      z.strictObject({
        cache: z.string(),
        baseline: hitsSchema.nullable(),
        candidate: hitsSchema.nullable(),
      }),
    )
    .optional(),
  /** Things a reader should know: not saturated, excluded rounds, few requests behind a p99. */
  notes: z.array(z.string()),
  exclusions: z.array(
    z.strictObject({
      round: z.int(),
      block: z.int(),
      variant: slugSchema,
      cause: z.string(),
      detail: z.string(),
    }),
  ),
});
export type Report = z.infer<typeof reportSchema>;
