import { z } from 'zod';

/** How a reader has set up the waterfalls. All of it is in the address, so that a colleague sees the same. */
export interface TraceState {
  /** Each on an axis of its own. */
  isFitted: boolean;
  isUnfolded: boolean;
}

type Query = Readonly<Record<string, string | string[] | undefined>>;

const schema = z.object({
  axis: z.enum(['same', 'fit'], 'known: same, fit').optional(),
  spans: z.enum(['folded', 'all'], 'known: folded, all').optional(),
});

/** The state that an address asks for. What it says and nobody knows is left out, and said. */
export function traceStateOf(query: Query, usual: TraceState): { state: TraceState; notes: string[] } {
  const given: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = [query[key]].flat()[0];
    if (value !== undefined) given[key] = value;
  }
  const notes: string[] = [];
  for (const { path, message } of schema.safeParse(given).error?.issues ?? []) {
    const key = String(path[0]);
    notes.push(`${key}=${given[key]?.slice(0, 40)} was left out: ${message}.`);
    delete given[key];
  }
  const { axis, spans } = schema.parse(given);
  return {
    state: {
      isFitted: axis === undefined ? usual.isFitted : axis === 'fit',
      isUnfolded: spans === undefined ? usual.isUnfolded : spans === 'all',
    },
    notes,
  };
}
