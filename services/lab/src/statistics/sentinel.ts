/** Below this many there is no usual speed to be off from. */
const sentinelsMin = 6;
const deviationsMax = 3;
/** Of a normal distribution the median absolute deviation is 1 / 1.4826 of its standard deviation. */
const madToSigma = 1.4826;
/** Nothing within this share of the median is off, however even the others are. */
const shareMin = 0.05;

/** Places of the sentinels that are more than three scaled median absolute deviations from the run's median. */
export function sentinelsOff(values: readonly number[]): number[] {
  if (values.length < sentinelsMin) return [];
  const middle = median(values);
  const spread = madToSigma * median(values.map((value) => Math.abs(value - middle)));
  const limit = Math.max(deviationsMax * spread, shareMin * middle);
  return values.flatMap((value, index) => (Math.abs(value - middle) > limit ? [index] : []));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (upper + lower) / 2;
}
