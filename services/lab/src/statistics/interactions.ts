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
  /** Of each row and its mirror image, replicate by replicate: what single switches do has cancelled. */
  means: readonly (readonly number[])[];
  /** Of each replicate, and in it of each switch: its signs in the upper half of the design. */
  signs: readonly (readonly (readonly number[])[])[];
  effects: readonly { adjustedP: number }[];
}

/** The means leave room for no more to be told apart. */
const flaggedMax = 5;
const p = 0.05;
/** An alias explains at least that share of what the flagged pair does. */
const aliasShare = 0.7;

interface Candidate {
  pair: readonly [number, number];
  /** Its contrast over all replicates. */
  whole: number[];
  /** What is left of it when those that were taken before are removed. */
  left: number[];
}

/**
 * Pairs of switches that do something together, found one after the other: in the folded design each pair's contrast is
 * mixed with a third of those of other pairs (partial aliasing), so that the largest is taken first, with what it says
 * removed from the rest (Hamada and Wu, J. Qual. Technol. 24, 1992). It must stand out of everything that is left, and
 * one of the two must be worth something by itself.
 */
export function flagInteractions(even: Even): Interaction[] {
  let candidates = candidatesOf(even);
  const tries = candidates.length;
  const taken: Candidate[] = [];
  const found: Omit<Interaction, 'estimate'>[] = [];
  const means = even.means.flatMap(centred);
  let rest = means;
  while (taken.length < flaggedMax) {
    const ranked = candidates
      .map((candidate) => ({ candidate, explained: explainedBy(candidate.left, rest) }))
      .sort((a, b) => b.explained - a.explained);
    const [best, ...others] = ranked;
    const df = means.length - even.means.length - taken.length - 1;
    // Rounding errors are no interaction.
    if (!best || best.explained < 1e-12 || df < 1) break;
    const next = without(rest, best.candidate.left);
    const t = Math.sqrt((best.explained * df) / dot(next, next));
    const pOfBest = Math.min(1, tries * tTwoSidedP(t, df));
    if (!(pOfBest < p)) break;
    const aliases = others.filter(({ explained }) => explained >= aliasShare * best.explained);
    taken.push(best.candidate);
    found.push({
      pair: best.candidate.pair,
      p: pOfBest,
      aliases: aliases.slice(0, 3).map(({ candidate }) => candidate.pair),
    });
    rest = next;
    candidates = others
      .map(({ candidate }) => ({ ...candidate, left: without(candidate.left, best.candidate.left) }))
      .filter(({ left }) => dot(left, left) > 1e-9);
  }
  const coefficients = coefficientsOf(taken, means);
  // From the coefficient of a product of signs to a difference of two effects.
  return found.map((one, index) => ({ ...one, estimate: 4 * (coefficients[index] ?? 0) }));
}

function candidatesOf({ signs, effects }: Even): Candidate[] {
  return effects.flatMap((first, i) =>
    effects.slice(i + 1).flatMap((second, offset) => {
      const j = i + 1 + offset;
      if (Math.min(first.adjustedP, second.adjustedP) >= p) return [];
      const whole = signs.flatMap((ofSwitches) => contrastOfPair(ofSwitches[i] ?? [], ofSwitches[j] ?? []));
      return dot(whole, whole) > 1e-9 ? [{ pair: [i, j] as const, whole, left: whole }] : [];
    }),
  );
}

function contrastOfPair(first: readonly number[], second: readonly number[]): number[] {
  return centred(first.map((sign, row) => sign * (second[row] ?? 0)));
}

/** Around 0: the level of a replicate is none of the switches' doing. */
function centred(values: readonly number[]): number[] {
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - middle);
}

/** All of them together by least squares: backwards through the contrasts that were made orthogonal one by one. */
function coefficientsOf(taken: readonly Candidate[], means: readonly number[]): number[] {
  const coefficients = taken.map(() => 0);
  for (const [index, { left }] of [...taken.entries()].toReversed()) {
    const later = coefficients.slice(index + 1).map((coefficient, offset) => {
      return coefficient * dot(taken[index + 1 + offset]?.whole ?? [], left);
    });
    coefficients[index] = (dot(means, left) - later.reduce((sum, value) => sum + value, 0)) / dot(left, left);
  }
  return coefficients;
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
