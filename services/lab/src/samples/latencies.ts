import type { DuckDBConnection } from '@duckdb/node-api';

/** Latencies in ms, ascending, each with how often it occurs: there are far fewer different microseconds than requests. */
export interface Latencies {
  values: number[];
  counts: number[];
  total: number;
}

/** `from` is what stands behind `from` in SQL: samples with a column duration_ms. */
export async function readLatencies(db: DuckDBConnection, from: string): Promise<Latencies> {
  const latencies: Latencies = { values: [], counts: [], total: 0 };
  const result = await db.stream(
    `select duration_ms::double as ms, count(*)::double as n from ${from} group by ms order by ms`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return latencies;
    for (const value of chunk.getColumnValues(0)) latencies.values.push(Number(value));
    for (const value of chunk.getColumnValues(1)) {
      latencies.counts.push(Number(value));
      latencies.total += Number(value);
    }
  }
}

/** Both together: what reading them in one go would give. */
export function merged(one: Latencies, other: Latencies): Latencies {
  const all: Latencies = { values: [], counts: [], total: one.total + other.total };
  let [i, j] = [0, 0];
  while (i < one.values.length || j < other.values.length) {
    const a = one.values[i] ?? Number.POSITIVE_INFINITY;
    const b = other.values[j] ?? Number.POSITIVE_INFINITY;
    const value = Math.min(a, b);
    let count = 0;
    if (a === value) count += one.counts[i++] ?? 0;
    if (b === value) count += other.counts[j++] ?? 0;
    all.values.push(value);
    all.counts.push(count);
  }
  return all;
}

/** One entry a request, ascending: 8 bytes each outside of JavaScript's heap. */
export function expand({ values, counts, total }: Latencies): Float64Array {
  const sorted = new Float64Array(total);
  let from = 0;
  for (const [index, count] of counts.entries()) {
    sorted.fill(values[index] ?? Number.NaN, from, from + count);
    from += count;
  }
  return sorted;
}

/** By linear interpolation between the two requests around (n - 1) * quantile, as most programs do; quantiles ascend. */
export function quantilesOf({ values, counts, total }: Latencies, quantiles: readonly number[]): number[] {
  let index = 0;
  let upTo = counts[0] ?? 0;
  const at = (place: number) => {
    while (place >= upTo && index < values.length - 1) {
      index += 1;
      upTo += counts[index] ?? 0;
    }
    return values[index] ?? Number.NaN;
  };
  return quantiles.map((quantile) => {
    const place = (total - 1) * quantile;
    const low = at(Math.floor(place));
    // Looking at the next one must not lose the place for a quantile that is hardly greater.
    const before = { index, upTo };
    const high = at(Math.ceil(place));
    ({ index, upTo } = before);
    return low + (high - low) * (place - Math.floor(place));
  });
}
