import { z } from 'zod';
import { metricNameSchema } from './metrics.ts';

/** Names that become folder names, labels and file names. */
export const slugSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens, at most 40');

/** Parts of the stack that a service can ask for; each arrives as one environment variable. */
export const needSchema = z.enum(['mysql', 'redis']);
export type Need = z.infer<typeof needSchema>;

export const serviceSchema = z.strictObject({
  /** OpenTelemetry's service.name. */
  name: slugSchema,
  /** Program and arguments, no shell; `node` is the Node that runs Dyno. The port arrives as PORT, the address as HOST. */
  command: z.array(z.string().min(1)).min(1),
  /** Relative to the project, or absolute. */
  cwd: z.string().default('.'),
  env: z.record(z.string(), z.string()).default({}),
  /** mysql arrives as MYSQL_URL, redis as REDIS_URL. */
  needs: z.array(needSchema).default([]),
  /** Ready when this path answers 200. */
  readyPath: z.string().startsWith('/').default('/'),
  readyTimeoutSeconds: z.number().positive().default(30),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM'),
});

export const variantSchema = z.strictObject({
  name: slugSchema,
  /** One line for people: what is different here. */
  title: z.string().default(''),
  /** Added to the service's environment. */
  env: z.record(z.string(), z.string()).default({}),
});
export type Variant = z.infer<typeof variantSchema>;

export const loadSchema = z.strictObject({
  /** Path of a k6 script, relative to the project. */
  scenario: z.string().min(1),
  /** Closed model: that many virtual users; open model: at most that many. */
  vus: z.int().min(1).max(10_000),
  /** Open model: iterations started per second; absent for the closed model. */
  ratePerSecond: z.number().positive().optional(),
});

export const planSchema = z.strictObject({
  /** Looks begin after `min` blocks, the run ends after `max` at the latest. */
  blocks: z.strictObject({ min: z.int().min(2).max(20), max: z.int().min(2).max(20) }),
  warmupSeconds: z.number().min(0),
  windowSeconds: z.number().positive(),
  /** 0 leaves the pass out. */
  tracePassSeconds: z.number().min(0),
  profilePassSeconds: z.number().min(0),
});
export type Plan = z.infer<typeof planSchema>;

/** k6's notation; percent where the metric is a share. */
export const thresholdSchema = z
  .string()
  .regex(
    /^(?:(?:avg|med|p\((?:50|95|99)\)|rps)\s*[<>]=?\s*\d+(?:\.\d+)?|(?:cpu|errors)\s*[<>]=?\s*\d+(?:\.\d+)?%)$/,
    'not a threshold: write avg<500, med<80, p(95)<200, p(99)<400, rps>100, cpu<40% or errors<1%',
  );

export const experimentSchema = z.strictObject({
  name: slugSchema,
  title: z.string().min(1),
  service: serviceSchema,
  load: loadSchema,
  baseline: variantSchema,
  candidates: z.array(variantSchema).min(1),
  /** Chosen by name; the first one is the default. */
  plans: z
    .record(slugSchema, planSchema)
    .refine((plans) => Object.keys(plans).length > 0, 'at least one plan'),
  /** The metric that stops the run, declared beforehand. */
  primary: metricNameSchema.default('latency.mean'),
  /** Metrics that decide the overall verdict. */
  gated: z
    .array(metricNameSchema)
    .min(1)
    .default(['latency.mean', 'latency.p95', 'cpu.perRequest', 'errors.rate']),
  /** Two variants whose ratio lies within 1 +- margin count as equivalent. */
  margin: z.number().positive().max(0.5).default(0.03),
  /** Absolute goals for the candidate in k6's notation, for example `avg<500`, `p(95)<200`, `cpu<40%`, `errors<1%`. */
  thresholds: z.array(thresholdSchema).default([]),
});
/** An experiment with every default filled in. */
export type Experiment = z.infer<typeof experimentSchema>;
/** What an experiment file exports: `export default { ... } satisfies ExperimentInput`. */
export type ExperimentInput = z.input<typeof experimentSchema>;
