import { tTwoSidedP } from './studentT.ts';

/** Two switches of which one is worth more or less while the other is on. */
export interface Interaction {
  /** Places of the two in the list of switches. */
  pair: readonly [number, number];
  /** ln(on / off) of the first while the second is on, minus the same while it is off. */
  estimate: number;
  /** After Bonferroni over all pairs that were looked at. */
  p: number;
  /** Pairs that explain the same rows nearly as well: the design cannot tell them apart from this one. */
  aliases: (readonly [number, number])[];
}

interface Even {
  /** Of each row and its mirror image, around 0: what single switches do has cancelled. */
  means: readonly number[];
  noise: { variance: number; df: number };
  replicates: number;
  /** Signs of each switch in the upper half of the design. */
  columns: readonly (readonly number[])[];
  effects: readonly { adjustedP: number }[];
}

/** Twelve means leave room for no more. */
const flaggedMax = 5;
const p = 0.05;
/** An alias explains at least that share of what the flagged pair does. */
const aliasShare = 0.5;

interface Candidate {
  pair: readonly [number, number];
  /** What is left of its contrast when those that were taken before are removed. */
  left: number[];
}

/**
 * Pairs of switches that do something together, found one after the other: in the folded design each pair's contrast is
 * mixed with a third of those of other pairs (partial aliasing), so that the largest is taken first, with what it says
 * removed from the rest (Hamada and Wu, J. Qual. Technol. 24, 1992). One of the two must be worth something by itself.
 */
export function flagInteractions(even: Even): Interaction[] {
  let candidates = candidatesOf(even);
  const tries = candidates.length;
  const taken: Candidate[] = [];
  const found: Omit<Interaction, 'estimate'>[] = [];
  let rest = [...even.means];
  const { df } = even.noise;
  while (taken.length < flaggedMax) {
    const ranked = candidates
      .map((candidate) => ({ candidate, explained: explainedBy(candidate.left, rest) }))
      .sort((a, b) => b.explained - a.explained);
    const [best, ...others] = ranked;
    if (!best || best.explained < 1e-12) break;
    const t = Math.sqrt((best.explained * even.replicates) / even.noise.variance);
    const pOfBest = Math.min(1, tries * tTwoSidedP(t, df));
    if (!(pOfBest < p)) break;
    const aliases = others.filter(({ explained }) => explained >= aliasShare * best.explained);
    taken.push(best.candidate);
    found.push({
      pair: best.candidate.pair,
      p: pOfBest,
      aliases: aliases.slice(0, 3).map(({ candidate }) => candidate.pair),
    });
    rest = without(rest, best.candidate.left);
    candidates = others
      .map(({ candidate }) => ({ ...candidate, left: without(candidate.left, best.candidate.left) }))
      .filter(({ left }) => dot(left, left) > 1e-9);
  }
  return withEstimates(found, taken, even);
}

function candidatesOf({ columns, effects }: Even): Candidate[] {
  return columns.flatMap((first, i) =>
    columns.slice(i + 1).flatMap((second, offset) => {
      const j = i + 1 + offset;
      const worth = [i, j].some((index) => (effects[index]?.adjustedP ?? 1) < p);
      const left = contrastOfPair(first, second);
      return worth && dot(left, left) > 1e-9 ? [{ pair: [i, j] as const, left }] : [];
    }),
  );
}

/** Around 0, because the level of the rows is none of their doing. */
function contrastOfPair(first: readonly number[], second: readonly number[]): number[] {
  const signs = first.map((sign, row) => sign * (second[row] ?? 0));
  const middle = signs.reduce((sum, sign) => sum + sign, 0) / signs.length;
  return signs.map((sign) => sign - middle);
}

/** All of them together by least squares: backwards through the contrasts that were made orthogonal one by one. */
function withEstimates(
  found: readonly Omit<Interaction, 'estimate'>[],
  taken: readonly Candidate[],
  { means, columns }: Even,
): Interaction[] {
  const whole = taken.map(({ pair: [i, j] }) => contrastOfPair(columns[i] ?? [], columns[j] ?? []));
  const coefficients = new Array<number>(taken.length).fill(0);
  for (let index = taken.length - 1; index >= 0; index -= 1) {
    const left = taken[index]?.left ?? [];
    const later = coefficients.slice(index + 1).map((coefficient, offset) => {
      return coefficient * dot(whole[index + 1 + offset] ?? [], left);
    });
    coefficients[index] = (dot(means, left) - later.reduce((sum, value) => sum + value, 0)) / dot(left, left);
  }
  // From the coefficient of a product of signs to a difference of two effects.
  return found.map((one, index) => ({ ...one, estimate: 4 * (coefficients[index] ?? 0) }));
}

function explainedBy(contrast: readonly number[], values: readonly number[]): number {
  return dot(contrast, values) ** 2 / dot(contrast, contrast);
}

function without(values: readonly number[], contrast: readonly number[]): number[] {
  const share = dot(values, contrast) / dot(contrast, contrast);
  return values.map((value, index) => value - share * (contrast[index] ?? 0));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
