import type { SpanPart } from '../lib/trace.ts';
import type { Side } from '../lib/tracePair.ts';

/** Steps of the variant's hue, in the order in which processes have them too: service, database, cache, the rest. */
const steps: Readonly<Record<SpanPart, number>> = { app: 1, database: 2, cache: 3, other: 5 };

export const colourOfPart = (side: Side, part: SpanPart): string => `var(--${side}-${steps[part]})`;

export const partWords: Readonly<Record<SpanPart, string>> = {
  app: 'the service itself',
  database: 'database',
  cache: 'cache',
  other: 'other',
};
