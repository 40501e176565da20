/** How many switches one design can tell apart. */
export const factorsMax = 12;
export const designRows = 24;
/** A row and its mirror image are half a design apart. */
export const designPairs = designRows / 2;

/** First row of the 12-run design (Plackett and Burman, Biometrika 33, 1946); the others are its rotations. */
const generator = [1, 1, -1, 1, 1, 1, -1, -1, -1, 1, -1] as const;

/**
 * The 12-run Hadamard design and, below it, its mirror image: 24 rows of 12 columns of +1 (on) and -1 (off). In each
 * pair of rows i and i + 12 every switch is the other way round, so that what two switches do together cancels in their
 * difference: resolution IV.
 */
export function foldedHadamard(): number[][] {
  const rotated = generator.map((_, row) => [
    1,
    ...generator.map((_, column) => generator[(column - row + generator.length) % generator.length] ?? 1),
  ]);
  const half = [...rotated, [1, ...generator.map(() => -1)]];
  return [...half, ...half.map((row) => row.map((sign) => -sign))];
}

/**
 * The columns that so many switches may stand in. Without the first one, one row has all of them off and its mirror
 * image all on.
 */
export function columnsFor(factors: number): number[] {
  const columns = Array.from({ length: factorsMax }, (_, index) => index);
  return factors < factorsMax ? columns.slice(1) : columns;
}
