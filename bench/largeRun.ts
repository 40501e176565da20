import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ResourceSample, Round } from '@dyno/contracts/run';
import { madeUpRun, seedLike } from '../services/lab/src/report/fixtures/run.ts';
import { hashOfFile } from '../services/lab/src/run/fileHash.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { duckdb, quoted } from '../services/lab/src/samples/duckdb.ts';

/** In ms: from 0.7 upwards, one of a thousand fifty times as long. */
export const latencySql = '0.7 * exp(2 * random() * random() + greatest(0, ln(0.001 / random())))';

/** A run that never was, with all of its raw samples: sixteen windows of two minutes. `remakeReport` computes the rest. */
export async function writeLargeRun(results: string, requests: number): Promise<RunFolder> {
  const seconds = 120;
  const { plan, rounds, environment } = madeUpRun({ ...seedLike, blocks: 8, windowSeconds: seconds });
  mkdirSync(results, { recursive: true });
  const run = await RunFolder.create(results, plan.runId);
  await run.write('environment.json', environment);
  await run.write('plan.json', plan);
  const each = Math.ceil(requests / rounds.length);
  const lines = [];
  for (const round of rounds) {
    const samples = run.file(round.samples.file);
    const db = await duckdb(dirname(samples));
    await db.run(
      `copy (select (${round.window.startMs} + i * ${(seconds * 1000) / each})::decimal(16, 3) as time_ms,
          (${round.variant === 'naive' ? 3 : 1} * ${latencySql})::decimal(12, 3) as duration_ms, 200::usmallint as status, true as ok, true as in_window
        from range(${each}) as r(i)) to ${quoted(samples)} (format parquet, parquet_version v2, compression zstd)`,
    );
    const resources = `${round.samples.file}.resources.ndjson`;
    writeFileSync(run.file(resources), resourcesOf(round, seconds));
    const ref = async (file: string) => ({ file, ...(await fileFacts(run.file(file))) });
    lines.push({
      ...round,
      load: { ...round.load, requests: each, failed: 0 },
      statuses: { 200: each },
      samples: await ref(round.samples.file),
      resources: await ref(resources),
    });
  }
  await run.writeRounds(lines);
  return run;
}

/** Once a second, of three processes. */
function resourcesOf({ window, variant }: Round, seconds: number): string {
  const cores = { service: 0.8, mysql: variant === 'naive' ? 0.7 : 0.1, k6: 0.1 };
  const samples = Array.from({ length: seconds }, (_, second) =>
    Object.entries(cores).map(
      ([process, cpuSeconds]): ResourceSample => ({
        timeMs: window.startMs + (second + 1) * 1000,
        process,
        cpuSeconds: cpuSeconds * (1 + 0.1 * Math.sin(second)),
        seconds: 1,
        rssBytes: 9e7 + second * 1e4,
      }),
    ),
  );
  return samples
    .flat()
    .map((sample) => `${JSON.stringify(sample)}\n`)
    .join('');
}

async function fileFacts(path: string): Promise<{ bytes: number; sha256: string }> {
  const facts = await hashOfFile(path);
  return { bytes: facts?.bytes ?? 0, sha256: facts?.sha256 ?? '' };
}
