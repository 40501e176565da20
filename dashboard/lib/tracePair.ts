import type { EvidenceFile } from '@dyno/contracts/run';
import { onOneLine, statementTitle } from './statement.ts';
import { criticalPath, kindOf, type Span, type SpanPart, type Trace, type TraceRow } from './trace.ts';

export type KeptTrace = EvidenceFile['traces'][number];
export type Percentile = KeptTrace['kind'];
export type Side = 'baseline' | 'candidate';
export const sides: readonly Side[] = ['baseline', 'candidate'];
export const percentiles: readonly Percentile[] = ['p50', 'p95', 'p99'];

export const percentileWords: Readonly<Record<Percentile, string>> = {
  p50: 'a median request',
  p95: 'a slow request',
  p99: 'one of the slowest',
};

/** The requests of both variants at one percentile; null where none was kept. */
export interface TracePair {
  percentile: Percentile;
  baseline: KeptTrace | null;
  candidate: KeptTrace | null;
}

/** Only percentiles at which at least one variant has a trace. */
export function tracePairs(traces: readonly KeptTrace[], names: Record<Side, string>): TracePair[] {
  return percentiles
    .map((percentile): TracePair => {
      const of = (side: Side) =>
        traces.find(({ kind, variant }) => kind === percentile && variant === names[side]) ?? null;
      return { percentile, baseline: of('baseline'), candidate: of('candidate') };
    })
    .filter(({ baseline, candidate }) => baseline || candidate);
}

/** `/runs/<id>/traces/<a>...<b>`, or one of them alone. */
export function pairAddress(runId: string, { baseline, candidate }: TracePair): string {
  return traceAddress(
    runId,
    [baseline, candidate].filter((kept) => kept !== null).map(({ file }) => file),
  );
}

export function traceAddress(runId: string, files: readonly string[]): string {
  const names = files.map((file) => file.replace(/^traces\//, '').replace(/\.json$/, ''));
  return `/runs/${runId}/traces/${names.map(encodeURIComponent).join('...')}`;
}

/** The one or two names in an address; null where it is neither. */
export function namesInAddress(address: string): [string] | [string, string] | null {
  const [first, second, ...more] = address.split('...');
  if (!first || second === '' || more.length > 0) return null;
  return second === undefined ? [first] : [first, second];
}

/** Equal work in one request: how often, and how long together. */
export interface Calls {
  title: string;
  /** Without its values. */
  statement: string | null;
  part: SpanPart;
  count: number;
  totalMs: number;
}

export interface ChangedCalls {
  key: string;
  title: string;
  statement: string | null;
  part: SpanPart;
  baseline: Calls | null;
  candidate: Calls | null;
  /** Candidate minus baseline. */
  differenceMs: number;
}

/** What two requests did, the largest difference of time first; what only one of them did is a row like any other. */
export function compareCalls(baseline: Trace, candidate: Trace): ChangedCalls[] {
  const [before, after] = [callsOf(baseline), callsOf(candidate)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((key): ChangedCalls[] => {
      const [was, is] = [before.get(key) ?? null, after.get(key) ?? null];
      const either = was ?? is;
      if (!either) return [];
      const { title, statement, part } = either;
      const differenceMs = (is?.totalMs ?? 0) - (was?.totalMs ?? 0);
      return [{ key, title, statement, part, baseline: was, candidate: is, differenceMs }];
    })
    .sort((a, b) => Math.abs(b.differenceMs) - Math.abs(a.differenceMs));
}

/** Leaves count with their time; a span with others below it counts with what is left on the critical path as its own. */
function callsOf(trace: Trace): Map<string, Calls> {
  const path = criticalPath(trace);
  const calls = new Map<string, Calls>();
  for (const span of trace.spans) {
    const ownMs =
      span.children.length === 0
        ? span.durationMs
        : (path.get(span) ?? []).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    const known = calls.get(kindOf(span));
    if (known) {
      known.count += 1;
      known.totalMs += ownMs;
    } else {
      const { shape: statement, part } = span;
      calls.set(kindOf(span), { title: spanTitle(span), statement, part, count: 1, totalMs: ownMs });
    }
  }
  return calls;
}

/** Names of database spans are often the verb alone. */
export function spanTitle({ name, statement, part }: Pick<Span, 'name' | 'statement' | 'part'>): string {
  if (part !== 'database' || statement === null) return name;
  const title = statementTitle(statement);
  return title !== null && title.length > name.length ? title : name;
}

/** What a line says under its title; a statement that says no more than the title is left out. */
export function spanSubtitle({ members: [span, ...others] }: Pick<TraceRow, 'members'>): string {
  if (!span) return '';
  const { name, part, service, shape, statement } = span;
  const text = others.length > 0 ? shape : statement;
  if (text !== null && text !== name) return onOneLine(text);
  return part === 'app' || part === 'other' ? service : `${part}, from ${service}`;
}

export const callsTo = (trace: Trace, part: SpanPart): number =>
  trace.spans.filter((span) => span.part === part).length;
