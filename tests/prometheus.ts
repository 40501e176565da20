import { stackUrl } from './shop.ts';

export interface Series {
  metric: Record<string, string>;
  value: number;
}

/** An instant query; a rejected one is an error that names it. */
export async function queryPrometheus(query: string): Promise<Series[]> {
  const url = new URL('/api/v1/query', stackUrl('PROMETHEUS'));
  url.searchParams.set('query', query);
  const response = await fetch(url);
  const body = (await response.json()) as {
    error?: string;
    data?: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (!response.ok || !body.data)
    throw new Error(`Prometheus refuses ${query}: ${body.error ?? response.status}`);
  return body.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
