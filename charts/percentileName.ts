/** "p99.9"; the fastest request has no percentile. */
export const percentileName = (quantile: number): string =>
  quantile < 1e-9 ? 'fastest' : `p${Number((quantile * 100).toPrecision(6))}`;
