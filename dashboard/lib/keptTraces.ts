import { connect } from 'node:net';
import { evidenceFileSchema } from '@dyno/contracts/run';
import { parseTrace } from './otlp.ts';
import { openRunFile, RunFileError, readRunFile } from './runFiles.ts';
import { runSummary } from './runIndex.ts';
import { caps, readJson } from './runJson.ts';
import type { Trace } from './trace.ts';
import { type KeptTrace, namesInAddress, type Side, type TracePair, tracePairs } from './tracePair.ts';

/** One file of spans, and what the run says about it. */
export interface OpenedTrace {
  file: string;
  side: Side;
  /** null where `evidence.json` does not name the file. */
  about: KeptTrace | null;
  /** null where it cannot be read; then `problem` says why. */
  trace: Trace | null;
  problem: string;
  /** Jaeger's page of it, where somebody answers at that address. */
  jaegerUrl: string | null;
}

export interface TraceView {
  names: Record<Side, string>;
  /** What else there is to choose from. */
  pairs: TracePair[];
  /** One trace, or two that are laid on one time axis. */
  opened: OpenedTrace[];
}

/** What a page of one or two traces shows; null where the address names no file of this run. */
export async function readTraceView(id: string, address: string): Promise<TraceView | null> {
  const kept = await readKept(id);
  const files = namesInAddress(address)?.map((name) => `traces/${name}.json`);
  if (!kept || !files) return null;
  const opened = await Promise.all(files.map((file) => openTrace(id, file, kept)));
  const there = opened.filter((trace) => trace !== null);
  return there.length < files.length ? null : { names: kept.names, pairs: kept.pairs, opened: there };
}

/** A pair with its spans; null is what was not kept or cannot be read. */
export interface ReadPair {
  pair: TracePair;
  baseline: Trace | null;
  candidate: Trace | null;
}

/** Every pair of a run, for a page about all of them. */
export async function readTracePairs(id: string): Promise<ReadPair[]> {
  const kept = await readKept(id);
  if (!kept) return [];
  return Promise.all(
    kept.pairs.map(async (pair) => {
      const [baseline, candidate] = await Promise.all([
        pair.baseline && parsed(id, pair.baseline.file).catch(() => null),
        pair.candidate && parsed(id, pair.candidate.file).catch(() => null),
      ]);
      return { pair, baseline, candidate };
    }),
  );
}

interface Kept {
  names: Record<Side, string>;
  traces: KeptTrace[];
  pairs: TracePair[];
}

async function readKept(id: string): Promise<Kept | null> {
  const run = await runSummary(id);
  if (!run) return null;
  const evidence = await readJson(id, 'evidence.json', evidenceFileSchema, caps.small, []);
  const names = run.variants ?? { baseline: '', candidate: '' };
  const traces = evidence?.traces ?? [];
  return { names, traces, pairs: tracePairs(traces, names) };
}

async function openTrace(id: string, file: string, { names, traces }: Kept): Promise<OpenedTrace | null> {
  const about = traces.find((trace) => trace.file === file) ?? null;
  const side = about?.variant === names.candidate ? 'candidate' : 'baseline';
  const found = await parsed(id, file)
    .then((trace) => ({ trace, problem: '' }))
    .catch((error: unknown) => {
      if (error instanceof RunFileError && error.kind !== 'too-large') return null;
      const problem = error instanceof RunFileError ? error.message : 'is not a trace in OTLP JSON';
      return { trace: null, problem };
    });
  if (!found) return null;
  const jaegerUrl = about && (await isAnswered(about.url)) ? about.url : null;
  return { file, side, about, ...found, jaegerUrl };
}

/** Of files as they were when they were read; the oldest leave first. */
const known = new Map<string, { version: string; trace: Trace }>();
const knownMax = 12;

async function parsed(id: string, file: string): Promise<Trace> {
  const { handle, version } = await openRunFile(id, file, caps.trace);
  await handle.close();
  const key = `${id}/${file}`;
  const before = known.get(key);
  if (before?.version === version) return before.trace;
  const trace = parseTrace(await readRunFile(id, file, caps.trace));
  known.delete(key);
  known.set(key, { version, trace });
  for (const oldest of known.keys()) {
    if (known.size <= knownMax) break;
    known.delete(oldest);
  }
  return trace;
}

/**
 * Whether anything listens there. The address comes from a file that may be somebody else's: only this machine is looked at, and
 * nothing is sent.
 */
async function isAnswered(address: string): Promise<boolean> {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port } = new URL(address);
  if (protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(hostname)) return false;
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port || 80), timeout: 200 });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    // Whoever was busy meanwhile hears of the time first, and of the answer in the same turn.
    socket.once('timeout', () => setImmediate(() => end(false)));
  });
}
