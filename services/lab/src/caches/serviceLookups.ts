import { z } from 'zod';

/** What a service said of its own caches: from its metrics, because only it can see into its memory. */
export interface ServiceLookups {
  variant: string;
  cache: string;
  hits: number;
  misses: number;
}

/** Behind a service's last export; an older one belongs to another round. */
const window = '15m';
const timeoutMs = 5000;

const answerSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.coerce.number()]),
      }),
    ),
  }),
});

/** Empty where no service has counted lately, or nobody keeps metrics. */
export async function serviceLookups(prometheusUrl: string): Promise<ServiceLookups[]> {
  const query = `sum by (dyno_variant, dyno_cache_name, dyno_cache_result) (last_over_time(dyno_cache_lookups_total[${window}]))`;
  const url = `${prometheusUrl}/api/v1/query?${new URLSearchParams({ query })}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    .then((response) => response.json())
    .catch(() => null);
  const parsed = answerSchema.safeParse(answer);
  const found = new Map<string, ServiceLookups>();
  for (const { metric, value } of parsed.success ? parsed.data.data.result : []) {
    const { dyno_variant: variant = '', dyno_cache_name: cache = '', dyno_cache_result: result } = metric;
    const one = found.get(`${variant}\n${cache}`) ?? { variant, cache, hits: 0, misses: 0 };
    if (result === 'hit') one.hits += value[1];
    else one.misses += value[1];
    found.set(`${variant}\n${cache}`, one);
  }
  return [...found.values()].sort((a, b) => (`${a.variant} ${a.cache}` < `${b.variant} ${b.cache}` ? -1 : 1));
}
