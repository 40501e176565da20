import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);
const version = z.string().min(1);

/** Ports and versions as read from `.env` and the environment; names are the parts after `DYNO_PORT__` and `DYNO_VERSION__`. */
export const settingsSchema = z.strictObject({
  /** Absolute path of the checkout. */
  project: z.string(),
  /** Absolute path of the folder for everything generated but results: `.dyno`, or DYNO_HOME. */
  home: z.string(),
  /** Absolute path of the results folder: `results`, or DYNO_RESULTS. */
  results: z.string(),
  stack: z.enum(['auto', 'compose', 'native']),
  ports: z.strictObject({
    mysql: port,
    redis: port,
    memcached: port,
    smtp: port,
    mailbox: port,
    otlpHttp: port,
    otlpGrpc: port,
    jaeger: port,
    jaegerHealth: port,
    jaegerMetrics: port,
    jaegerTelemetry: port,
    prometheus: port,
    grafana: port,
    dashboard: port,
    service: port,
    serviceCandidate: port,
    serviceTls: port,
    serviceCandidateTls: port,
    nginx: port,
  }),
  versions: z.strictObject({
    node: version,
    mysql: version,
    redis: version,
    memcached: version,
    mailpit: version,
    nginx: version,
    jaeger: version,
    prometheus: version,
    grafana: version,
    k6: version,
  }),
  shopSize: z.coerce.number().int().min(1).max(100),
});
export type Settings = z.infer<typeof settingsSchema>;
