import { z } from 'zod';
import { metricNameSchema } from './metrics.ts';

/** Names that become folder names, labels and file names. */
export const slugSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens, at most 40');

/** Parts of the stack that a service can ask for; each arrives as one environment variable; nginx as the path of its program, which the service starts itself. */
export const needSchema = z.enum(['mysql', 'redis', 'memcached', 'mail', 'nginx']);
export type Need = z.infer<typeof needSchema>;

/** Program and arguments; no shell takes them apart. */
export const commandSchema = z.array(z.string().min(1)).min(1);

export const serviceSchema = z.strictObject({
  /** OpenTelemetry's service.name. */
  name: slugSchema,
  /** Program and arguments, no shell; `node` is the Node that runs Dyno. The port arrives as PORT, the address as HOST. Left out where each variant has its own command or address. */
  command: commandSchema.optional(),
  /** Relative to the project, or absolute. */
  cwd: z.string().default('.'),
  env: z.record(z.string(), z.string()).default({}),
  /** mysql arrives as MYSQL_URL, redis as REDIS_URL, memcached as MEMCACHED_URL, mail as SMTP_URL, nginx as NGINX_PATH. */
  needs: z.array(needSchema).default([]),
  /** Variables that get a random value, the same for every variant of a run and written down nowhere: keys that a service in production refuses to do without. */
  secrets: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/)).default([]),
  /** The port that it listens on whatever PORT says; such a service can be measured in isolated mode only. */
  port: z.int().min(1).max(65_535).optional(),
  /** It answers by HTTPS, too, on the port that arrives as HTTPS_PORT, and the load goes there; its certificate is not checked. Readiness is asked at PORT. */
  https: z.boolean().optional(),
  /** Ready when this path is answered with a status below 500. */
  readyPath: z.string().startsWith('/').default('/'),
  /** Ready when a line of its output matches this regular expression, in place of `readyPath`. */
  readyPattern: z.string().min(1).optional(),
  readyTimeoutSeconds: z.number().positive().default(30),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM'),
  /** Run once in each checkout before its first round; `npm ci` for a git ref unless said. */
  install: commandSchema.optional(),
  /** Run before each start of the service, with its environment: seeds or resets what rounds change. */
  reset: commandSchema.optional(),
  /** own: it brings its OpenTelemetry along, also in measured rounds. inject: Dyno's bootstrap, in the trace pass only. none: never. */
  telemetry: z.enum(['own', 'inject', 'none']).default('inject'),
});

export const variantSchema = z.strictObject({
  name: slugSchema,
  /** One line for people: what is different here. */
  title: z.string().default(''),
  /** Added to the service's environment. */
  env: z.record(z.string(), z.string()).default({}),
  /** In place of the service's. */
  command: commandSchema.optional(),
  /** In place of the service's: absolute, or relative to the project. */
  cwd: z.string().optional(),
  /** Address of a service that runs already: nothing is started, stopped or restarted, and its CPU is not known. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** The git ref that it is checked out from; `cwd` lies in that checkout, below `.dyno/checkouts/<runId>/<variant>`. */
  ref: z.strictObject({ name: z.string(), commit: z.string(), repository: z.string() }).optional(),
});
export type Variant = z.infer<typeof variantSchema>;

/** One kind of request of a load without a script. */
export const requestSchema = z.strictObject({
  /** A path on the service, or an absolute address. */
  target: z.string().regex(/^(?:\/|https?:\/\/)/, 'a path that begins with /, or an http address'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  /** How often it is drawn, relative to the others. */
  weight: z.number().positive().default(1),
});
export type Request = z.infer<typeof requestSchema>;

export const loadSchema = z.strictObject({
  /** Path of a k6 script, relative to the project or absolute. Either this or `requests`. */
  scenario: z.string().min(1).optional(),
  /** `vus` or `ratePerSecond` replace the options of a script that has some and does not read them from its environment, as k6's own flags do; without it they count only where a script has none. */
  replacesOptions: z.boolean().optional(),
  /** The script draws the variant of each request itself, with k6/lib/target.ts; any other script gets one k6 per variant in fine mode. */
  assigns: z.boolean().default(false),
  /** A load without a script: requests drawn at random by weight. */
  requests: z.array(requestSchema).min(1).optional(),
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
  /** auto: a short pilot chooses. fine: both variants alive, each request drawn at random between them. isolated: one at a time. */
  mode: z.enum(['auto', 'isolated', 'fine']).default('auto'),
});
export type Plan = z.infer<typeof planSchema>;

/** k6's notation, for the candidate; percent where the metric is a share. With a sign before the percentage: the change from the baseline. */
export const thresholdSchema = z
  .string()
  .regex(
    /^(?:(?:avg|med|p\((?:50|95|99)\)|ttfb|lcp|rps)\s*[<>]=?\s*\d+(?:\.\d+)?|(?:cpu|errors)\s*[<>]=?\s*\d+(?:\.\d+)?%|(?:avg|med|p\((?:50|95|99)\)|ttfb|lcp|rps|cpu)\s*[<>]=?\s*[+-]\d+(?:\.\d+)?%)$/,
    'not a threshold: write avg<500, med<80, p(95)<200, p(99)<400, lcp<2500, ttfb<800, rps>100, cpu<40%, errors<1%, or against the baseline p(95)<=+3%, cpu<=-10%',
  );

const environmentSchema = z.record(z.string(), z.string());

/** One thing that can be on or off by itself. */
const switchSchema = z.strictObject({
  /** Short enough to be part of a variant's name. */
  name: slugSchema.max(34),
  title: z.string().default(''),
  /** What kind of measure it is; more than twelve switches are first compared by groups, whose names are parts of variants' names, too. */
  group: slugSchema.max(34).optional(),
  /** Added to the environment of a variant in which it is on, and in which it is off. */
  on: environmentSchema.default({}),
  off: environmentSchema.default({}),
});
export type Switch = z.infer<typeof switchSchema>;

/** What `dyno ablate` takes apart. */
const switchesSchema = z.strictObject({
  /** The environment variable that gets the names of those that are on, with commas between them; without it each says its own `on`. */
  variable: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'the name of an environment variable')
    .optional(),
  of: z.array(switchSchema).min(2),
});

export const experimentSchema = z.strictObject({
  name: slugSchema,
  title: z.string().min(1),
  service: serviceSchema,
  load: loadSchema,
  baseline: variantSchema,
  candidates: z.array(variantSchema).min(1),
  /** What `dyno ablate` turns on and off one by one; without them there is nothing to take apart. */
  switches: switchesSchema.optional(),
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
  /** Goals for the candidate in k6's notation, for example `avg<500`, `p(95)<200`, `cpu<40%`, `errors<1%`; against the baseline `p(95)<=+3%`, `cpu<=-10%` (CPU per request). */
  thresholds: z.array(thresholdSchema).default([]),
  /** Of the answers' JSON bodies: paths that may differ between the variants, for example `$.time` or `$.items[*].id`. Null: bodies are not compared. */
  ignoreInResponses: z.array(z.string()).nullable().default([]),
  /** Of good answers: statuses that one variant alone may give, for example 304 where clients ask again for what they hold. */
  ignoreStatuses: z.array(z.int().min(100).max(399)).default([]),
});
/** An experiment with every default filled in. */
export type Experiment = z.infer<typeof experimentSchema>;
/** What an experiment file exports: `export default { ... } satisfies ExperimentInput`. */
export type ExperimentInput = z.input<typeof experimentSchema>;
