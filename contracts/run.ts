import { z } from 'zod';
import { ablationPlanSchema } from './ablationPlan.ts';
import { experimentSchema, planSchema, slugSchema } from './experiment.ts';
import { metricNameSchema } from './metrics.ts';

/** Version of every file below `results/<runId>/`. */
export const schemaVersion = 3;
export const runIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/);

const fileRefSchema = z.strictObject({
  /** Relative to the run's folder. */
  file: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string().length(64),
});

export const modeSchema = z.enum(['isolated', 'fine']);
export type Mode = z.infer<typeof modeSchema>;

/** A few seconds of both variants alive, before the first round. Ratios are candidate over baseline. */
export const pilotSchema = z.strictObject({
  seconds: z.number().positive(),
  /** Share of all cores that the measurement itself keeps busy: services, database, cache, k6. */
  utilization: z.number().nonnegative(),
  latencyRatio: z.number().positive().nullable(),
  cpuRatio: z.number().positive().nullable(),
  /** Share of the CPU that database and cache used for both together. */
  sharedCpu: z.number().min(0).max(1),
  /** Of both together. */
  requestsPerSecond: z.number().nonnegative().optional(),
});
export type Pilot = z.infer<typeof pilotSchema>;

/** `plan.json`: everything that was decided before the first round; durable before it starts. */
export const planFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  runId: runIdSchema,
  createdAt: z.iso.datetime(),
  /** Seed of the order of variants. */
  seed: z.int().nonnegative(),
  mode: modeSchema,
  /** Why this mode, one sentence: what the pilot saw, or who asked for it. */
  modeReason: z.string(),
  /** What the pilot saw; null where the mode was asked for. */
  pilot: pilotSchema.nullable(),
  /** Path of the experiment file, relative to the project. */
  experimentFile: z.string(),
  experiment: experimentSchema,
  planName: z.string(),
  /** An ablation has more blocks than a comparison, because no block holds all variants. */
  plan: planSchema.extend({
    blocks: z.strictObject({ min: z.int().min(2).max(400), max: z.int().min(2).max(400) }),
  }),
  /** Of an ablation: what variants and blocks stand for; absent in a comparison. */
  ablation: ablationPlanSchema.optional(),
  /** One entry per block up to `plan.blocks.max`: the variants in the order in which they are measured. */
  order: z.array(z.array(slugSchema)),
  /** The user insists on goals that are tighter than the noise floor; absent where nobody did. */
  force: z.literal(true).optional(),
  /** The variant on which the cost of telemetry is measured behind the rounds, where that was asked for. */
  observed: slugSchema.optional(),
  /** SHA-256 of the files that decide what is measured, by path relative to the project (experiment, scenario). */
  hashes: z.record(z.string(), z.string()),
});
export type PlanFile = z.infer<typeof planFileSchema>;

const gitStateSchema = z.strictObject({
  commit: z.string(),
  dirty: z.boolean(),
  /** SHA-256 of what differs from the commit, files that git does not know included; absent where nothing does. */
  changesSha256: z.string().optional(),
});
export type GitState = z.infer<typeof gitStateSchema>;

/** `environment.json`: the machine and versions a run was made on. */
export const environmentFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  /** SHA-256 over the fields that must agree for two runs to be comparable. */
  fingerprint: z.string(),
  cpuModel: z.string(),
  cores: z.int().positive(),
  memoryBytes: z.number(),
  os: z.string(),
  kernel: z.string(),
  /** Name to version: node, k6, mysql, redis, jaeger, prometheus, dyno. */
  versions: z.record(z.string(), z.string()),
  stack: z.enum(['native', 'compose']),
  git: gitStateSchema.nullable(),
  /** Of the services measured as their work tree is: top folder of each repository that is not Dyno's. */
  workTrees: z.record(z.string(), gitStateSchema).optional(),
});
export type EnvironmentFile = z.infer<typeof environmentFileSchema>;

/** What a report says of it, so that two can be laid side by side. */
export const reportedEnvironmentSchema = environmentFileSchema.pick({
  fingerprint: true,
  cpuModel: true,
  cores: true,
  kernel: true,
  versions: true,
  git: true,
});

/** CPU and memory of one process group over the window; `service`, `mysql`, `redis`, `k6`, ... */
export const processUsageSchema = z.strictObject({
  process: z.string(),
  cpuSeconds: z.number().nonnegative(),
  rssBytesMax: z.number().nonnegative(),
  contextSwitches: z.number().nonnegative(),
});

/** Why a round does not count; never because it was slow. */
export const exclusionSchema = z.strictObject({
  cause: z.enum([
    'generator-died',
    'generator-saturated',
    'service-died',
    'stack-died',
    'clock',
    'damaged',
    'port',
    'sentinel',
    'steal',
    'window',
  ]),
  detail: z.string(),
});

const cacheCountsSchema = z.strictObject({
  cache: z.string(),
  hits: z.int().nonnegative(),
  misses: z.int().nonnegative(),
});
export type CacheCounts = z.infer<typeof cacheCountsSchema>;

/** One line of `rounds.ndjson`, appended when its files are durable. */
export const roundSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  /** 1-based; order of execution over the whole run, repeats included. */
  round: z.int().positive(),
  block: z.int().positive(),
  variant: slugSchema,
  /** 1 for the first try of this variant in this block. */
  attempt: z.int().positive(),
  startedAt: z.iso.datetime(),
  /** From process start to the first 200 of the ready path. */
  readyMs: z.number().nonnegative(),
  /** Wall clock at both ends of the window, in ms since the epoch, and its monotonic length. */
  window: z.strictObject({ startMs: z.number(), endMs: z.number(), durationMs: z.number().positive() }),
  /** Parquet, one row per request, warm-up included: see `sampleColumns`. */
  samples: fileRefSchema,
  /** CPU of each process once a second, NDJSON: see `resourceSampleSchema`. */
  resources: fileRefSchema,
  /** How the pages came that k6's browser loaded, NDJSON: see `vitalSampleSchema`; absent where no browser told of one. */
  vitals: fileRefSchema.optional(),
  load: z.strictObject({
    requests: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    droppedIterations: z.int().nonnegative(),
    /** k6's, 99 when thresholds of the script were crossed; 0 when the lab has stopped it. */
    exitCode: z.int(),
    /** The script's thresholds that were crossed, for example `http_req_duration: p(95)<200`. */
    crossed: z.array(z.string()).optional(),
  }),
  usage: z.array(processUsageSchema),
  /** Fine mode: of database and cache, for all variants of the block together. Empty in isolated mode. */
  shared: z.array(processUsageSchema),
  /** The machine's speed just before the round: CPU ms of a fixed loop, ms of a request to a server that does nothing (medians). */
  sentinel: z.strictObject({ cpuMs: z.number().positive(), noopMs: z.number().positive() }).nullable(),
  /** Answers of the window by status; 0 is no answer. */
  statuses: z.record(z.string(), z.int().nonnegative()),
  /** Of the whole machine over the window. */
  machine: z.strictObject({
    busyCpuSeconds: z.number(),
    stealCpuSeconds: z.number(),
    cores: z.int().positive(),
  }),
  excluded: exclusionSchema.nullable(),
  /** Spans and metric exports of its own telemetry that never arrived; null or absent where nobody counted. */
  telemetryDropped: z.int().nonnegative().nullable().optional(),
  /** Whether Redis was emptied before it, as for each round of an ablation; absent where nobody asked for that. */
  redisEmptied: z.boolean().optional(),
  /** Look-ups in the service's caches from its start to its end, warm-up included; absent where nobody counted. */
  caches: z.array(cacheCountsSchema).optional(),
});
export type Round = z.infer<typeof roundSchema>;

/** How k6's samples show what a script marks as preparing its load (`tags: { dyno: 'preparation' }`, in `setup`): it is no sample, and the warm-up begins behind it. */
export const preparationTag = 'dyno=preparation';

/** Columns of a round's Parquet file: end of the request (ms since the epoch, k6's time), latency (ms, http_req_duration, of a page in a browser browser_http_req_duration), status, whether its checks passed, in the window or not. */
export const sampleColumns = ['time_ms', 'duration_ms', 'status', 'ok', 'in_window'] as const;

/** One line of a round's file of web vitals: what Chromium told of one page when it was left (ms since the epoch, k6's time). */
export const vitalSampleSchema = z.strictObject({
  timeMs: z.number(),
  metric: metricNameSchema.extract(['browser.ttfb', 'browser.lcp']),
  valueMs: z.number().nonnegative(),
});
export type VitalSample = z.infer<typeof vitalSampleSchema>;

/** One line of a round's resources file. */
export const resourceSampleSchema = z.strictObject({
  timeMs: z.number(),
  process: z.string(),
  /** CPU seconds used since the sample before. */
  cpuSeconds: z.number().nonnegative(),
  /** Seconds since the sample before. */
  seconds: z.number().positive(),
  rssBytes: z.number().nonnegative(),
});
export type ResourceSample = z.infer<typeof resourceSampleSchema>;

/** `progress.json`: replaced while a run goes on; what a page or a second terminal shows. */
export const progressFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  runId: runIdSchema,
  /** `interrupted` is written on Ctrl-C; after a crash the file says `running` and its pid is gone. */
  state: z.enum(['running', 'finished', 'failed', 'interrupted']),
  pid: z.int().positive(),
  updatedAt: z.iso.datetime(),
  stage: z.enum(['stack', 'start', 'warmup', 'window', 'statistics', 'trace', 'profile', 'report', 'done']),
  /** 0 before the first one. */
  round: z.int().nonnegative(),
  block: z.int().nonnegative(),
  blocksMax: z.int().positive(),
  variant: z.string().nullable(),
  requestsPerSecond: z.number().nullable(),
  latencyMsP95: z.number().nullable(),
  /** Estimate to the end if the run stops at the next look; null while unknown. */
  secondsLeft: z.number().nullable(),
  message: z.string(),
});
export type Progress = z.infer<typeof progressFileSchema>;

/** How the message of an interrupted run begins that nobody stopped: its process was gone without a word. */
export const cutOffMessage = 'was cut off';

/** `metrics.json`: one value per round and metric, the input of the statistics. Null where not measured. */
export const roundMetricsSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  rounds: z.array(
    z.strictObject({
      round: z.int().positive(),
      block: z.int().positive(),
      variant: slugSchema,
      values: z.record(z.string(), z.number().nullable()),
      /** The latencies once more, over successful answers alone. */
      successful: z.record(z.string(), z.number().nullable()),
      /** MSER-5 on the means of whole seconds of the window: how many of them still belong to the warm-up. Null with too few seconds. */
      unsteadySeconds: z.number().nonnegative().nullable(),
      requests: z.int().nonnegative(),
      failed: z.int().nonnegative(),
      /** CPU ms per request by process. */
      cpuMsPerRequestByProcess: z.record(z.string(), z.number()),
    }),
  ),
});
export type RoundMetrics = z.infer<typeof roundMetricsSchema>;

/** `responses.json`: the same requests to both variants, their answers side by side. */
export const responsesFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  /** Different requests of the scenario that were asked of both. */
  compared: z.int().nonnegative(),
  /** Why nothing or not everything could be compared, in words; empty otherwise. */
  missing: z.string(),
  differing: z.array(
    z.strictObject({
      method: z.string(),
      target: z.string(),
      kind: z.enum(['status', 'type', 'body']),
      /** Where in a JSON body, for example `$.items[3].price`. */
      path: z.string().nullable(),
      baseline: z.string(),
      candidate: z.string(),
    }),
  ),
});
export type ResponsesFile = z.infer<typeof responsesFileSchema>;

/** `dilution.json`: one isolated pair behind the blocks of a fine run. Ratios are candidate over baseline: median latency, CPU per request of the services. */
export const dilutionFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  latencyRatio: z.number().positive().nullable(),
  cpuRatio: z.number().positive().nullable(),
});
export type DilutionFile = z.infer<typeof dilutionFileSchema>;

/** `observer.json`: what Dyno's own telemetry costs the service; ratios over telemetry switched off. */
export const observerFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  variant: slugSchema,
  blocks: z.int().positive(),
  levels: z.array(
    z.strictObject({
      level: z.enum(['off', 'metrics', 'sampled', 'full']),
      cpuMsPerRequest: z.number().nonnegative(),
      latencyMsP50: z.number().nonnegative(),
      cpuRatio: z
        .strictObject({ estimate: z.number(), low: z.number(), high: z.number(), level: z.number() })
        .nullable(),
      /** CPU ms per request with telemetry off and at this level, measured side by side; empty for `off`. */
      pairs: z.array(z.strictObject({ off: z.number(), on: z.number() })),
    }),
  ),
});
export type ObserverFile = z.infer<typeof observerFileSchema>;

/** `timeline.json`: what the three charts draw; never raw samples. */
export const timelineFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  /** Requests per second of wall time; `second` counts from the start of the round's window, negative in the warm-up. */
  latency: z.array(
    z.strictObject({
      round: z.int(),
      block: z.int(),
      variant: slugSchema,
      second: z.int(),
      requests: z.int(),
      failed: z.int(),
      meanMs: z.number(),
      p5Ms: z.number(),
      p50Ms: z.number(),
      p95Ms: z.number(),
    }),
  ),
  cpu: z.array(
    z.strictObject({
      round: z.int(),
      block: z.int(),
      variant: slugSchema,
      second: z.int(),
      process: z.string(),
      cores: z.number(),
      rssBytes: z.number().nonnegative(),
    }),
  ),
  /**
   * Percentile curve over all windows of a variant: quantile in 0..1, latency in ms. `low` and `high` are the interval over its
   * rounds (t on the logarithms, 95 %), never over requests; null below two rounds.
   */
  percentiles: z.array(
    z.strictObject({
      variant: slugSchema,
      quantile: z.number(),
      ms: z.number(),
      low: z.number().nullable(),
      high: z.number().nullable(),
    }),
  ),
  /** How many requests of all windows of a variant took how long: bins that are equally wide on a logarithmic axis, empty ones left out. */
  distribution: z.array(
    z.strictObject({
      variant: slugSchema,
      fromMs: z.number().positive(),
      toMs: z.number().positive(),
      requests: z.int().positive(),
    }),
  ),
});
export type TimelineFile = z.infer<typeof timelineFileSchema>;

/** `evidence.json`: what the trace and profile passes kept. */
export const evidenceFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  traces: z.array(
    z.strictObject({
      variant: slugSchema,
      /** Which request of the pass it is: the one whose duration is nearest to that percentile. */
      kind: z.enum(['p50', 'p95', 'p99']),
      traceId: z.string(),
      durationMs: z.number(),
      spans: z.int(),
      /** The spans as Jaeger gave them (OTLP JSON), relative to the run's folder. */
      file: z.string(),
      url: z.string(),
    }),
  ),
  profiles: z.array(
    z.strictObject({
      variant: slugSchema,
      flamegraph: z.string(),
      folded: z.string(),
      samples: z.int(),
      requests: z.int(),
    }),
  ),
  /** What is missing and why, in words. */
  missing: z.array(z.string()),
});
export type EvidenceFile = z.infer<typeof evidenceFileSchema>;
