/** Attributes of our own; the lab sets the resource ones on every service that it starts. */
export const attributes = {
  /** Resource: the run that a signal belongs to. */
  runId: 'dyno.run.id',
  /** Resource: the variant under test. */
  variant: 'dyno.variant',
  /** Resource: the round's number in the run, or the name of a pass. */
  round: 'dyno.round',
  /** Resource: which of the processes of one service; set where there are several. */
  instance: 'dyno.instance',
  /** Which cache was asked. */
  cacheName: 'dyno.cache.name',
  /** `hit` or `miss`. */
  cacheResult: 'dyno.cache.result',
} as const;

/** Channel of node:diagnostics_channel on which a service says how a cache look-up ended. */
export const cacheChannel = 'dyno:cache';
export interface CacheLookup {
  cache: string;
  hit: boolean;
}

/** Metrics that the bootstrap records itself. Where OpenTelemetry has a name for it, it is that name; the others begin with `dyno.`. */
export const metrics = {
  serverDuration: {
    name: 'http.server.request.duration',
    unit: 's',
    description: 'Duration of the requests that the service answered.',
  },
  databaseDuration: {
    name: 'db.client.operation.duration',
    unit: 's',
    description: 'Time from sending an operation to its whole answer, MySQL and Redis.',
  },
  connectionWait: {
    name: 'db.client.connection.wait_time',
    unit: 's',
    description: 'Time it took to obtain an open connection from the pool.',
  },
  connectionCreate: {
    name: 'db.client.connection.create_time',
    unit: 's',
    description: 'Time it took to create a new connection.',
  },
  cacheLookups: {
    name: 'dyno.cache.lookups',
    unit: '{lookup}',
    description: 'Look-ups in a cache of the service, by cache and result.',
  },
  garbagePause: {
    name: 'v8js.gc.duration',
    unit: 's',
    description: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
  },
  processCpu: {
    name: 'process.cpu.time',
    unit: 's',
    description: 'CPU seconds of the process, by mode.',
  },
  processMemory: {
    name: 'process.memory.usage',
    unit: 'By',
    description: 'Resident memory of the process.',
  },
  telemetryDropped: {
    name: 'dyno.telemetry.dropped',
    unit: '{item}',
    description:
      'Spans and metric exports that were lost: the queue was full, or the collector did not take them.',
  },
} as const;

/** Environment variables that the lab sets for the bootstrap. */
export const variables = {
  /** How much is recorded, see `levels`. */
  level: 'DYNO_TELEMETRY',
  /** File to which each process appends what became of its telemetry, one JSON line at its start and one at its end. */
  notes: 'DYNO_TELEMETRY_NOTES',
} as const;

/** off: nothing is loaded. metrics: no spans. sampled: the caller decides, and OTEL_TRACES_SAMPLER_ARG for requests without one. full: every request. */
export const levels = ['off', 'metrics', 'sampled', 'full'] as const;
export type Level = (typeof levels)[number];

/** A line of the notes file. */
export type Note =
  | { pid: number; program: string; state: 'traced' }
  /** A tool like npm, or a service with an SDK of its own. */
  | { pid: number; program: string; state: 'left alone'; why: string }
  | { pid: number; program: string; state: 'failed'; why: string }
  | {
      pid: number;
      state: 'ended';
      spansLost: number;
      metricExportsLost: number;
      /** Of a service with caches that says how look-ups end. */
      caches?: readonly CacheCounts[];
    };

/** Look-ups in one cache from the start of the process to its end. */
export interface CacheCounts {
  cache: string;
  hits: number;
  misses: number;
}

/** Where a service that takes part in its own shutdown finds `shutdown()`: `globalThis[Symbol.for(telemetryKey)]`. */
export const telemetryKey = 'dyno.telemetry';
export interface Telemetry {
  /** Sends what is left; never rejects, never takes longer than two seconds. */
  shutdown(): Promise<void>;
}
