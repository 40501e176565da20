/**
 * MSER-5 (White, Cobb & Spratt 2000): where a warm-up ends. Values are averaged in batches of five; the cut is the one
 * that leaves the mean behind it with the smallest standard error, among the first half of the batches.
 * Answers the index of the first value behind the cut. A cut at the end of the allowed half means that the series never became steady.
 */
export function mser5(values: readonly number[]): number {
  const batches = batchMeans(values);
  let best = 0;
  let bestScore = Number.POSITIVE_INFINITY;
  for (let cut = 0; cut < batches.length / 2; cut += 1) {
    const score = squaredError(batches.slice(cut));
    if (score < bestScore) {
      best = cut;
      bestScore = score;
    }
  }
  return best * batchSize;
}

const batchSize = 5;

/** Whole batches only. */
function batchMeans(values: readonly number[]): number[] {
  const count = Math.floor(values.length / batchSize);
  return Array.from({ length: count }, (_, index) =>
    mean(values.slice(index * batchSize, (index + 1) * batchSize)),
  );
}

/** Of the mean, up to a constant factor. */
function squaredError(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length ** 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
