import { statementShape } from './statement.ts';

/** The part of a request's time that a span stands for; on the page: lightness, never hue. */
export type SpanPart = 'app' | 'database' | 'cache' | 'other';
export const spanParts: readonly SpanPart[] = ['app', 'database', 'cache', 'other'];

export interface Span {
  /** Place in the trace, depth first: the address of a span on its page. */
  index: number;
  name: string;
  service: string;
  part: SpanPart;
  /** Statement of a database span, command of a cache span; null for others. */
  statement: string | null;
  /** The statement without its values. */
  shape: string | null;
  startMs: number;
  durationMs: number;
  failed: boolean;
  children: Span[];
}

export interface Trace {
  traceId: string;
  /** From the earliest start to the latest end: a root may end before its children. */
  durationMs: number;
  /** To the end of the answer: work that goes on behind it is not what a user waits for. */
  requestMs: number;
  /** Starts are whole milliseconds, as the usual SDK of Node records them: spans of less than that seem to begin together. */
  hasCoarseStarts: boolean;
  /** Depth first, children in order of their starts. */
  spans: Span[];
  roots: Span[];
}

export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** A span that is not yet in its place; `parent` is an index of the same array, or null. */
export type LooseSpan = Omit<Span, 'index' | 'children' | 'shape'> & { parent: number | null };

/** Puts spans into their order. Parents in a circle would hide all of it: where one is met, its first span becomes a root. */
export function growTrace(traceId: string, hasCoarseStarts: boolean, loose: readonly LooseSpan[]): Trace {
  const shapes = new Map<string, string>();
  const shapeOf = (statement: string): string => {
    const shape = shapes.get(statement) ?? statementShape(statement);
    shapes.set(statement, shape);
    return shape;
  };
  const nodes = loose.map(({ parent: _, ...span }): Span => {
    const shape = span.statement === null ? null : shapeOf(span.statement);
    return { ...span, shape, index: -1, children: [] };
  });
  const parents = loose.map(({ parent }, index) => (parent === index ? null : parent));
  const roots = nodes.filter((_, index) => parents[index] === null);
  for (const [index, node] of nodes.entries()) {
    const parent = parents[index];
    if (parent !== null && parent !== undefined) nodes[parent]?.children.push(node);
  }
  for (const node of nodes) node.children.sort(byStart);
  roots.sort(byStart);
  const spans: Span[] = [];
  for (const root of roots) number(root, spans);
  for (const node of nodes.toSorted(byStart)) {
    if (node.index !== -1) continue;
    roots.push(node);
    number(node, spans);
  }
  const durationMs = spans.reduce((latest, span) => Math.max(latest, endOf(span)), 0);
  const answeredMs = roots.reduce((latest, root) => Math.max(latest, endOf(root)), 0);
  const requestMs = answeredMs - (roots[0]?.startMs ?? 0);
  return { traceId, durationMs, requestMs, hasCoarseStarts, spans, roots };
}

/** Without recursion: a chain of calls can be as long as a file. */
function number(root: Span, spans: Span[]): void {
  const waiting = [root];
  for (let span = waiting.pop(); span; span = waiting.pop()) {
    span.index = spans.length;
    spans.push(span);
    span.children = span.children.filter((child) => child.index === -1);
    waiting.push(...span.children.toReversed());
  }
}

/** A trace on its way to the browser: each text once, a span in a short line. */
export interface PackedTrace {
  traceId: string;
  hasCoarseStarts: boolean;
  texts: string[];
  /** Parent (-1 is none), name, service, statement (-1 is none), part, start and duration in µs, failed (0 or 1). */
  spans: [number, number, number, number, number, number, number, number][];
}

export function packTrace(trace: Trace): PackedTrace {
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const known = places.get(text) ?? places.size;
    places.set(text, known);
    return known;
  };
  const parents = new Map(trace.spans.flatMap((span) => span.children.map((child) => [child, span.index])));
  const spans = trace.spans.map((span): PackedTrace['spans'][number] => [
    parents.get(span) ?? -1,
    placeOf(span.name),
    placeOf(span.service),
    span.statement === null ? -1 : placeOf(span.statement),
    spanParts.indexOf(span.part),
    toMicros(span.startMs),
    toMicros(span.durationMs),
    span.failed ? 1 : 0,
  ]);
  return {
    traceId: trace.traceId,
    hasCoarseStarts: trace.hasCoarseStarts,
    texts: [...places.keys()],
    spans,
  };
}

export function unpackTrace({ traceId, hasCoarseStarts, texts, spans }: PackedTrace): Trace {
  const loose = spans.map(
    ([parent, name, service, statement, part, startMicros, durationMicros, failed]): LooseSpan => ({
      parent: parent === -1 ? null : parent,
      name: texts[name] ?? '',
      service: texts[service] ?? '',
      statement: texts[statement] ?? null,
      part: spanParts[part] ?? 'other',
      startMs: startMicros / 1000,
      durationMs: durationMicros / 1000,
      failed: failed === 1,
    }),
  );
  return growTrace(traceId, hasCoarseStarts, loose);
}

/** One line of the waterfall: a span, or several equal siblings. */
export interface TraceRow {
  key: string;
  depth: number;
  /** The first of `members`. */
  span: Span;
  /** One, unless siblings were folded. */
  members: Span[];
  totalMs: number;
  /** null where there is nothing below. */
  isOpen: boolean | null;
}

/** Five or more equal siblings become one line: an N+1 is one fact, not forty lines. */
const foldFrom = 5;

/** `toggled`: rows, by key, that the reader has opened or closed against what they are at first. */
export function rowsOf(
  trace: Trace,
  { isUnfolded, toggled }: { isUnfolded: boolean; toggled: ReadonlySet<string> },
): TraceRow[] {
  const rows: TraceRow[] = [];
  const waiting = linesOf(trace.roots, 0, isUnfolded).reverse();
  for (let line = waiting.pop(); line; line = waiting.pop()) {
    const { members, depth, isFold } = line;
    const [span] = members;
    if (!span) continue;
    const key = `${isFold ? 'fold' : 'span'}-${span.index}`;
    const hasMore = isFold || span.children.length > 0;
    const isOpen = hasMore ? isFold === toggled.has(key) : null;
    const totalMs = members.reduce((sum, { durationMs }) => sum + durationMs, 0);
    rows.push({ key, depth, span, members, totalMs, isOpen });
    if (!isOpen) continue;
    const below = isFold
      ? members.map((member) => ({ members: [member], depth: depth + 1, isFold: false }))
      : linesOf(span.children, depth + 1, isUnfolded);
    waiting.push(...below.reverse());
  }
  return rows;
}

interface Line {
  members: Span[];
  depth: number;
  isFold: boolean;
}

function linesOf(siblings: readonly Span[], depth: number, isUnfolded: boolean): Line[] {
  const alone = (span: Span): Line => ({ members: [span], depth, isFold: false });
  if (isUnfolded || siblings.length < foldFrom) return siblings.map(alone);
  return [...Map.groupBy(siblings, kindOf).values()]
    .flatMap((members) =>
      members.length < foldFrom ? members.map(alone) : [{ members, depth, isFold: true }],
    )
    .sort((a, b) => (a.members[0]?.startMs ?? 0) - (b.members[0]?.startMs ?? 0));
}

/** What makes two spans the same work. */
export const kindOf = ({ service, name, shape }: Span): string => `${service}\n${name}\n${shape ?? ''}`;

/** Bars of a line, those nearer to each other than `gapMs` in one: thousands of them would be a smear and slow. */
export function barsOf(members: readonly Span[], gapMs: number): Stretch[] {
  const bars: Stretch[] = [];
  for (const span of members.toSorted(byStart)) {
    const last = bars.at(-1);
    if (last && span.startMs - last.toMs <= gapMs) last.toMs = Math.max(last.toMs, endOf(span));
    else bars.push({ fromMs: span.startMs, toMs: endOf(span) });
  }
  return bars;
}

/**
 * The stretches that the end of the request had to wait for, by span: backwards from the end, each time the child that ended last.
 * They cover each root once. Where starts are whole milliseconds, spans one after the other seem to overlap by up to that.
 */
export function criticalPath(trace: Trace): Map<Span, Stretch[]> {
  const path = new Map<Span, Stretch[]>();
  const toleranceMs = trace.hasCoarseStarts ? 1 : 0;
  const add = (span: Span, fromMs: number, toMs: number): void => {
    if (toMs <= fromMs) return;
    const own = path.get(span);
    if (own) own.push({ fromMs, toMs });
    else path.set(span, [{ fromMs, toMs }]);
  };
  const waiting: { span: Span | null; children: Span[]; fromMs: number; toMs: number }[] = [
    { span: null, children: trace.roots, fromMs: 0, toMs: trace.durationMs },
  ];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    let untilMs = next.toMs;
    for (const child of next.children.toSorted((a, b) => endOf(b) - endOf(a))) {
      const fromMs = Math.max(child.startMs, next.fromMs);
      // What runs beyond the parent's end is not waited for; what ran beside the chosen one was not either.
      const isBeside = endOf(child) > untilMs + toleranceMs && untilMs < next.toMs;
      const toMs = Math.min(endOf(child), untilMs);
      if (isBeside || toMs <= fromMs) continue;
      if (next.span) add(next.span, toMs, untilMs);
      waiting.push({ span: child, children: child.children, fromMs, toMs });
      untilMs = fromMs;
    }
    if (next.span) add(next.span, next.fromMs, untilMs);
  }
  for (const own of path.values()) own.sort((a, b) => a.fromMs - b.fromMs);
  return path;
}

/** Where a request's time went: its critical path by part; together `requestMs`, what no span covers as `other`. */
export function timeByPart(trace: Trace): Record<SpanPart, number> {
  const times: Record<SpanPart, number> = { app: 0, database: 0, cache: 0, other: 0 };
  let coveredMs = 0;
  for (const [span, stretches] of criticalPath(trace))
    for (const { fromMs, toMs } of stretches) {
      times[span.part] += toMs - fromMs;
      coveredMs += toMs - fromMs;
    }
  times.other += Math.max(0, trace.requestMs - coveredMs);
  return times;
}

/** How long a span took without the spans below it. */
export function selfMs(span: Span): number {
  const below = barsOf(span.children, 0).reduce((sum, { fromMs, toMs }) => {
    const from = Math.max(fromMs, span.startMs);
    return sum + Math.max(0, Math.min(toMs, endOf(span)) - from);
  }, 0);
  return Math.max(0, span.durationMs - below);
}

export const endOf = ({ startMs, durationMs }: Span): number => startMs + durationMs;
const byStart = (a: Span, b: Span): number => a.startMs - b.startMs;
const toMicros = (ms: number): number => Number((ms * 1000).toFixed(3));
