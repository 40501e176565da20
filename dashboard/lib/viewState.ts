import type { MetricName } from '@dyno/contracts/metrics';

/** The charts of a run's page; each is an anchor in the address. */
export const chartIds = [
  'percentiles',
  'distribution',
  'blocks',
  'latency',
  'throughput',
  'cpu-over-time',
  'memory',
  'cpu',
  'errors',
] as const;
export type ChartId = (typeof chartIds)[number];

/** What a reader can switch on in the charts: a variant, or the other way of drawing the distribution. */
export const shownParts = ['baseline', 'candidate', 'ecdf'] as const;
export type ShownPart = (typeof shownParts)[number];

/** How a reader has set up the charts of a run. All of it is in the address, so that a colleague sees the same. */
export interface ViewState {
  /** Whom the baseline is held against; null is the first one. */
  candidate: string | null;
  /** Of the picture of the blocks; null is the primary one. */
  metric: MetricName | null;
  /** Percentile under the cross-hair, in percent. */
  p: number | null;
  scale: 'log' | 'linear';
  /** Part of the time axis, in seconds since the first warm-up; null is all of it. */
  t: readonly [number, number] | null;
  block: number | null;
  /** Without a variant both are drawn. */
  show: readonly ShownPart[];
  /** Charts that are read as tables. */
  view: 'table' | readonly ChartId[];
}

export const defaultView: ViewState = {
  candidate: null,
  metric: null,
  p: null,
  scale: 'log',
  t: null,
  block: null,
  show: [],
  view: [],
};

const keys = ['candidate', 'metric', 'p', 'scale', 't', 'block', 'show', 'view'] as const;

/** The query of an address that restores the state; what is as usual is left out, other keys stay. */
export function queryOf(state: ViewState, others: URLSearchParams = new URLSearchParams()): string {
  const query = new URLSearchParams(others);
  for (const key of keys) {
    query.delete(key);
    const text = textOf(state, key);
    if (text !== null && text !== '') query.set(key, text);
  }
  // Commas are legal in a query, and an address should be readable.
  const text = query.toString().replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

function textOf(state: ViewState, key: (typeof keys)[number]): string | null {
  switch (key) {
    case 't':
      return state.t === null ? null : state.t.join('-');
    case 'scale':
      return state.scale === 'log' ? null : state.scale;
    case 'show':
      return state.show.join(',');
    case 'view':
      return state.view === 'table' ? 'table' : state.view.join(',');
    default:
      return state[key] === null ? null : String(state[key]);
  }
}

export function isTable({ view }: ViewState, chart: ChartId): boolean {
  return view === 'table' || view.includes(chart);
}

export function withTable(state: ViewState, chart: ChartId, asTable: boolean): ViewState {
  const open = chartIds.filter((id) => (id === chart ? asTable : isTable(state, id)));
  return { ...state, view: open.length === chartIds.length ? 'table' : open };
}

export function isShown({ show }: Pick<ViewState, 'show'>, side: 'baseline' | 'candidate'): boolean {
  return show.includes(side) || !(show.includes('baseline') || show.includes('candidate'));
}

export const shownSides = (state: Pick<ViewState, 'show'>): ('baseline' | 'candidate')[] =>
  (['baseline', 'candidate'] as const).filter((side) => isShown(state, side));

/** One variant is hidden or comes back; the last one stays, for an empty chart says nothing. */
export function withSide(state: ViewState, side: 'baseline' | 'candidate', shown: boolean): ViewState {
  const other = side === 'baseline' ? 'candidate' : 'baseline';
  const sides: ShownPart[] = shown && isShown(state, other) ? [] : [shown ? side : other];
  return { ...state, show: [...sides, ...state.show.filter((part) => part === 'ecdf')] };
}
