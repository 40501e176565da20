import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { preparationTag, type sampleColumns, type VitalSample, vitalSampleSchema } from '@dyno/contracts/run';
import { duckdb, quoted } from './duckdb.ts';

export interface SampleCounts {
  /** Inside the window. */
  requests: number;
  failed: number;
  droppedIterations: number;
  /** Answers by status; 0 is no answer. */
  statuses: Record<string, number>;
  /** Of the pages that a browser loaded, also before the window; absent where it told of none. */
  vitals?: VitalSample[];
}

interface Reading {
  /** After a crash of k6 the last line is torn. */
  damaged: boolean;
  /** Only requests that carry the tag `variant` with this value: both variants are in one file in fine mode. */
  variant?: string;
}

interface Window {
  startMs: number;
  endMs: number;
}

/** What becomes samples; k6 writes a dozen rows more for every request. Of the checks only those that failed. */
const wanted = `(metric_name in ('http_req_duration', 'browser_http_req_duration', 'dropped_iterations',
    'browser_web_vital_ttfb', 'browser_web_vital_lcp')
  or (metric_name = 'checks' and try_cast(metric_value as double) = 0))`;

/** k6's names of what Chromium tells. */
const vitalNames: Record<VitalSample['metric'], string> = {
  'browser.ttfb': 'browser_web_vital_ttfb',
  'browser.lcp': 'browser_web_vital_lcp',
};

/**
 * k6's CSV to Parquet: one row per request, in the order of time, without those that ended behind the window.
 * A request is ok when it was answered with a status below 400 and none of the checks that followed it failed;
 * a check belongs to the last request of the same iteration of the same virtual user before it. Of a browser's requests
 * k6 does not say whose they are: a check about a page belongs to the last one of any browser.
 */
export async function convertSamples(
  csvFile: string,
  parquetFile: string,
  window: Window,
  reading: Reading,
): Promise<SampleCounts> {
  const db = await duckdb(dirname(parquetFile), ...(existsSync(csvFile) ? [dirname(csvFile)] : []));
  await db.run(
    `create or replace temp table csv as ${existsSync(csvFile) ? readCsv(csvFile, reading) : noRows}`,
  );
  await db.run(`create or replace temp table requests as ${requestRows(window)}`);
  const temporary = `${parquetFile}.tmp`;
  const columns: (typeof sampleColumns)[number][] = ['time_ms', 'duration_ms', 'status', 'ok', 'in_window'];
  const compact = columns.map((column) => storedAs[column] ?? column);
  await db.run(
    `copy (select ${compact.join(', ')} from requests order by requests.time_ms)
     to ${quoted(temporary)} (format parquet, parquet_version v2, compression zstd)`,
  );
  await makeDurable(temporary, parquetFile);
  const counts = await countSamples(db, window);
  const vitals = await vitalsBefore(db, window);
  await db.run('drop table csv; drop table requests');
  return vitals.length === 0 ? counts : { ...counts, vitals };
}

/** Whole microseconds: k6 knows the time no better, and what is left of a latency beyond them is noise. Half the bytes of doubles. */
const storedAs: Partial<Record<(typeof sampleColumns)[number], string>> = {
  time_ms: 'time_ms::decimal(16, 3) as time_ms',
  duration_ms: 'duration_ms::decimal(12, 3) as duration_ms',
};

async function countSamples(db: DuckDBConnection, window: Window): Promise<SampleCounts> {
  const dropped = await db.runAndReadAll(
    `select coalesce(sum(value), 0)::double from csv where metric = 'dropped_iterations' and ${within(window)}`,
  );
  const byStatus = await db.runAndReadAll(
    `select status::integer as status, count(*)::double as requests, (count(*) filter (not ok))::double as failed
     from requests where in_window group by status order by status`,
  );
  const counts: SampleCounts = {
    requests: 0,
    failed: 0,
    droppedIterations: Number(dropped.getRowsJS()[0]?.[0]),
    statuses: {},
  };
  for (const row of byStatus.getRowObjectsJS()) {
    counts.requests += Number(row.requests);
    counts.failed += Number(row.failed);
    counts.statuses[String(row.status)] = Number(row.requests);
  }
  return counts;
}

async function vitalsBefore(db: DuckDBConnection, { endMs }: Window): Promise<VitalSample[]> {
  const samples: VitalSample[] = [];
  for (const metric of vitalSampleSchema.shape.metric.options) {
    const result = await db.runAndReadAll(
      `select time_ms, value from csv where metric = '${vitalNames[metric]}' and own and time_ms < ${endMs}`,
    );
    for (const [timeMs, valueMs] of result.getRowsJS())
      samples.push({ timeMs: Number(timeMs), metric, valueMs: Number(valueMs) });
  }
  return samples.sort((one, other) => one.timeMs - other.timeMs);
}

/** What a line of `rounds.ndjson` says about a file: anybody can check it later. */
export async function fileRef(
  runFolder: string,
  file: string,
): Promise<{ file: string; bytes: number; sha256: string }> {
  const path = `${runFolder}/${file}`;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { file, bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** k6's time of a request is its end, in microseconds. Read sequentially, DuckDB would keep the whole file in memory. */
function readCsv(csvFile: string, { damaged, variant }: Reading): string {
  const tag = quoted(`&variant=${variant}&`);
  const tags = `'&' || coalesce(extra_tags, '') || '&'`;
  const own = variant === undefined ? 'true' : `contains(${tags}, ${tag})`;
  return `select metric_name as metric, timestamp::double / 1000 as time_ms, metric_value::double as value,
      coalesce(status, '0')::usmallint as status, coalesce(error_code, '') <> '' as broken,
      try_cast(regexp_extract(metadata, 'vu=(\\d+)', 1) as uinteger) as vu,
      try_cast(regexp_extract(metadata, 'iter=(\\d+)', 1) as ubigint) as iter, ${own} as own
    from read_csv(${quoted(csvFile)}, header = true, all_varchar = true, auto_detect = true, delim = ',', quote = '"',
      null_padding = ${damaged}, ignore_errors = ${damaged}, parallel = ${!damaged}, buffer_size = 4194304)
    where ${wanted} and not contains(${tags}, '&${preparationTag}&') and try_cast(timestamp as double) is not null
      and try_cast(metric_value as double) is not null`;
}

const noRows = `select '' as metric, 0::double as time_ms, 0::double as value, 0::usmallint as status,
  false as broken, 0::uinteger as vu, 0::ubigint as iter, true as own where false`;

function requestRows(window: Window): string {
  return `with request as (
      select row_number() over () as id, * from csv
      where metric in ('http_req_duration', 'browser_http_req_duration') and time_ms < ${window.endMs}
    ), failure as (
      select failure.time_ms, request.id from csv as failure asof left join request
        on failure.vu = request.vu and failure.iter = request.iter and failure.time_ms >= request.time_ms
      where failure.metric = 'checks'
    ), bad as (
      select id from failure where id is not null
      union select page.id from failure asof join (select * from request where metric <> 'http_req_duration') as page
        on failure.time_ms >= page.time_ms
      where failure.id is null
    )
    select time_ms, value as duration_ms, status,
      status > 0 and status < 400 and not broken and bad.id is null as ok, ${within(window)} as in_window
    from request left join bad using (id) where own`;
}

function within({ startMs, endMs }: Window): string {
  return `time_ms >= ${startMs} and time_ms < ${endMs}`;
}

/** DuckDB has written it; the disk has it when this returns. */
async function makeDurable(temporary: string, path: string): Promise<void> {
  const file = await open(temporary, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function sampleFile(round: number, variant: string): string {
  return `samples/${String(round).padStart(3, '0')}-${variant}.parquet`;
}

export function resourceFile(parquetFile: string): string {
  return `samples/${basename(parquetFile, '.parquet')}.resources.ndjson`;
}

export function vitalsFile(parquetFile: string): string {
  return `samples/${basename(parquetFile, '.parquet')}.vitals.ndjson`;
}
