import type { MetricName } from '@dyno/contracts/metrics';
import { z } from 'zod';
import { oneOf, type Query, readQuery } from './addressQuery.ts';
import { chartIds, shownParts, type ViewState } from './viewState.ts';

/** What of a run an address can name. */
export interface Known {
  candidates: readonly string[];
  metrics: readonly MetricName[];
  blocks: readonly number[];
  /** Where the time axis ends; 0 where there is none. */
  endSeconds: number;
}

/** The one description of the state in the address. */
function viewQuerySchema({ candidates, metrics, blocks, endSeconds }: Known) {
  const listOf = <T extends string>(values: readonly T[]) =>
    z.preprocess((text) => String(text).split(','), z.array(z.enum(values, oneOf(values))));
  const percentile = z
    .string()
    .regex(/^\d{1,2}(\.\d{1,6})?$/, 'a percentile from 0 to 99.99')
    .transform(Number);
  const seconds = z
    .string()
    .regex(/^\d{1,7}(\.\d{1,3})?-\d{1,7}(\.\d{1,3})?$/, 'two moments in seconds, as 120-180')
    .transform((text): readonly [number, number] => {
      const [from = 0, to = 0] = text.split('-').map(Number);
      return [from, Math.min(to, endSeconds)];
    })
    .refine(([from, to]) => from < to, `two moments between 0 and ${Math.ceil(endSeconds)} seconds`);
  const block = z
    .string()
    .regex(/^\d{1,6}$/, oneOf(blocks))
    .transform(Number)
    .refine((number) => blocks.includes(number), oneOf(blocks));
  return z.object({
    candidate: z.enum(candidates, oneOf(candidates)).nullable().default(null),
    metric: z.enum(metrics, oneOf(metrics)).nullable().default(null),
    p: percentile.nullable().default(null),
    scale: z.enum(['log', 'linear'], oneOf(['log', 'linear'])).default('log'),
    t: seconds.nullable().default(null),
    block: block.nullable().default(null),
    show: listOf(shownParts).default([]),
    view: z.union([z.literal('table'), listOf(chartIds)], oneOf(['table', ...chartIds])).default([]),
  });
}

/** The state that an address asks for. What it says and nobody knows is left out, and said. */
export function viewOf(query: Query, known: Known): { state: ViewState; notes: string[] } {
  return readQuery(viewQuerySchema(known), query);
}
