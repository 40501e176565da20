/** Holm's step-down adjustment (Scand. J. Stat. 6, 1979): all answers below 5 % together are wrong in at most 5 % of cases. In the order of the input. */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  const ascending = [...ps.entries()].sort(([, a], [, b]) => a - b);
  for (const [rank, [index, p]] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * p));
    adjusted[index] = largest;
  }
  return adjusted;
}
