import { readFile, rm } from 'node:fs/promises';
import type { CacheCounts } from '@dyno/contracts/run';
import { injectionEnv } from '@dyno/otel/inject';
import { attributes, type Level, type Note, variables } from '@dyno/otel/names';
import type { ServiceSpec } from './service.ts';

/** Share of the requests that are traced in measured rounds of a service with telemetry of its own, by the load and by the service: the same in every variant. */
export const measuredSampling = 0.01;

/** What a service is to record: nothing of ours, what it brings along, or our bootstrap put into it. */
export function levelOf({ service, level, inject }: ServiceSpec): Level | null {
  if (service.telemetry === 'own') return level ?? (inject ? 'full' : 'sampled');
  // As it is, in every measured round: not even the address, which switches some services' own telemetry on.
  return service.telemetry === 'inject' && inject ? (level ?? 'full') : null;
}

/** Where each process of the service says what became of its telemetry; null where it is not asked to. */
export function notesFileOf(spec: ServiceSpec): string | null {
  return levelOf(spec) === null ? null : spec.logFile.replace(/(?:\.log)?$/, '-telemetry.ndjson');
}

/** A second try under the same name begins anew. */
export async function forgetNotes(spec: ServiceSpec): Promise<void> {
  const file = notesFileOf(spec);
  if (file !== null) await rm(file, { force: true });
}

/** The environment with everything that telemetry needs; `env` is what the service has otherwise, and wins. */
export function withTelemetry(spec: ServiceSpec, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const level = levelOf(spec);
  const notes = notesFileOf(spec);
  if (level === null || notes === null) return env;
  const { service, variant, connections, runId, round, traceSampling = measuredSampling } = spec;
  const injected = service.telemetry === 'inject' && level !== 'off';
  return {
    OTEL_SERVICE_NAME: service.name,
    OTEL_EXPORTER_OTLP_ENDPOINT: connections.otlpUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_RESOURCE_ATTRIBUTES: `${attributes.runId}=${runId},${attributes.variant}=${variant.name},${attributes.round}=${round}`,
    OTEL_TRACES_SAMPLER_ARG: String(traceSampling),
    // Also for SDKs that are not ours, and for loads that send no traceparent.
    ...(level === 'full' ? { OTEL_TRACES_SAMPLER: 'always_on' } : {}),
    [variables.level]: level,
    [variables.notes]: notes,
    ...env,
    ...(injected ? injectionEnv(env.NODE_OPTIONS) : {}),
  };
}

/** What the processes have said; nothing where there is no file. */
export async function readNotes(file: string | null): Promise<Note[]> {
  if (file === null) return [];
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      // Written by our bootstrap, one whole line at a time.
      return line === '' ? [] : [JSON.parse(line) as Note];
    } catch {
      return [];
    }
  });
}

/** Spans and metric exports that never arrived; null where nobody counted, or a process ended without saying. */
export function droppedIn(notes: readonly Note[]): number | null {
  const ended = notes.filter((note) => note.state === 'ended');
  const counted = new Set(ended.map(({ pid }) => pid));
  const traced = notes.filter(({ state }) => state === 'traced');
  if (traced.length === 0 || traced.some(({ pid }) => !counted.has(pid))) return null;
  return ended.reduce((sum, { spansLost, metricExportsLost }) => sum + spansLost + metricExportsLost, 0);
}

/** Over all processes of the service; null where one of them did not say, or none has a cache that tells. */
export function lookupsIn(notes: readonly Note[]): CacheCounts[] | null {
  if (droppedIn(notes) === null) return null;
  const sums = new Map<string, CacheCounts>();
  for (const { cache, hits, misses } of notes.flatMap((note) =>
    note.state === 'ended' ? (note.caches ?? []) : [],
  )) {
    const before = sums.get(cache) ?? { cache, hits: 0, misses: 0 };
    sums.set(cache, { cache, hits: before.hits + hits, misses: before.misses + misses });
  }
  return sums.size === 0 ? null : [...sums.values()];
}
