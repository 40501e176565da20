import { type Round, roundSchema, schemaVersion } from '@dyno/contracts/run';
import { noise, type Run, warmupSeconds } from './plan.ts';

const pauseSeconds = 3;

/** Two rounds a block: one behind the other, or in fine mode both over one window. */
export function roundsOf(run: Run): Round[] {
  const startMs = Date.parse(run.createdAt) + 20_000;
  const lengthMs = (warmupSeconds + run.windowSeconds + pauseSeconds) * 1000;
  return Array.from({ length: run.blocks * 2 }, (_, index) => {
    const isFine = run.mode === 'fine';
    const block = Math.floor(index / 2) + 1;
    const variant = (index + (isFine ? 0 : block - 1)) % 2 === 0 ? 'naive' : 'optimized';
    const windowMs = startMs + (isFine ? block - 1 : index) * lengthMs + warmupSeconds * 1000;
    const requests = Math.round(
      (variant === 'naive' ? 33.4 : 49.1) * run.windowSeconds * noise(run.id, index),
    );
    const failed = variant === 'naive' ? 0 : Math.round(requests * run.candidateErrors);
    const cpuSeconds = (requests * 47.3 * (variant === 'naive' ? 1 : run.ratio)) / 1000;
    const service = usage('service', cpuSeconds * 0.45, 1.2e8);
    const database = usage('mysql', cpuSeconds * 0.55, 3e8);
    const file = { file: `samples/round-${index + 1}.parquet`, bytes: 1000, sha256: '0'.repeat(64) };
    return roundSchema.parse({
      schemaVersion,
      round: index + 1,
      block,
      variant,
      attempt: 1,
      startedAt: new Date(windowMs - warmupSeconds * 1000).toISOString(),
      readyMs: 412,
      window: {
        startMs: windowMs,
        endMs: windowMs + run.windowSeconds * 1000,
        durationMs: run.windowSeconds * 1000,
      },
      samples: file,
      resources: { ...file, file: `samples/round-${index + 1}.resources.ndjson` },
      load: { requests, failed, droppedIterations: 0, exitCode: 0 },
      usage: isFine ? [service, usage('k6', 0.9, 9e7)] : [service, database, usage('k6', 0.9, 9e7)],
      shared: isFine ? [database] : [],
      sentinel: { cpuMs: 41.2 * noise(run.id, 'sentinel', index), noopMs: 0.11 },
      statuses: { '200': requests - failed, ...(failed > 0 ? { '500': failed } : {}) },
      machine: { busyCpuSeconds: cpuSeconds + 1.1, stealCpuSeconds: 0, cores: 2 },
      excluded: run.excluded[index + 1] ?? null,
    } satisfies Round);
  });
}

function usage(process: string, cpuSeconds: number, rssBytesMax: number): Round['usage'][number] {
  return { process, cpuSeconds, rssBytesMax, contextSwitches: 1000 };
}
