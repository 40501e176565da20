import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { attribute } from './attribution.ts';
import { regularizedIncompleteBeta } from './beta.ts';
import { bestSplit, eDivisive } from './changePoints.ts';
import { columnsFor, foldedHadamard } from './hadamard.ts';
import { harrellDavis, harrellDavisWeights } from './harrellDavis.ts';
import { hodgesLehmann, signedRankCdf } from './hodgesLehmann.ts';
import { holm } from './holm.ts';
import { mser5 } from './mser5.ts';
import { normalQuantile } from './normal.ts';
import { minimumDetectableEffect, pairedTPower, pairsNeeded } from './power.ts';
import { newcombeDifference, wilson } from './proportions.ts';
import { sequentialP, stoppingConstant } from './sequential.ts';
import { tCdf, tQuantile } from './studentT.ts';
import { logRatioEstimate, trimmedT } from './yuen.ts';

/** Made with SciPy, statsmodels and published tables; each entry names its source. */
interface Vector {
  id: string;
  function: string;
  // biome-ignore lint/suspicious/noExplicitAny: one file holds the inputs and answers of many functions.
  input: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  expected: any;
  tol: number;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'),
).vectors;

/** By the first word of `function`; what a function answers is compared with `expected`, field by field where it is an object. */
const functions: Record<string, (input: Vector['input'], vector: Vector) => unknown> = {
  harrellDavis: ({ x, p }) => harrellDavis(x.toSorted(ascending), p),
  'HD weights': ({ n, p }) => [...harrellDavisWeights(n, p).weights],
  regularizedIncompleteBeta: ({ x, a, b }) => regularizedIncompleteBeta(x, a, b),
  tQuantile: ({ p, df }) => tQuantile(p, df),
  tCdf: ({ t, df }) => tCdf(t, df),
  normalQuantile: ({ p }) => normalQuantile(p),
  'P(V<=v)': ({ n, v }) => v.map((value: number) => signedRankCdf(value, n)),
  hodgesLehmannCenter: ({ d }) => hodgesLehmann(d, 0.95).estimate,
  'Hodges-Lehmann CI': ({ d, conf }) => {
    const { low, high, level } = hodgesLehmann(d, conf);
    return { lower: low, upper: high, attained: level };
  },
  'wilcoxonSignedRank two-sided exact': ({ x, y }, { expected }) => {
    assertClose(2 * signedRankCdf(expected.T, x.length), expected.p, 1e-9, 'p');
    assert.equal(x.length, y.length);
    return {};
  },
  'smallest attainable two-sided exact signed-rank p': ({ n }) => 2 * signedRankCdf(0, n),
  pairedLogRatioT: ({ a, b, conf }) => {
    const { estimate, standardError, df, p, low, high } = trimmedT(logRatios(a, b), 0, conf);
    return {
      logMean: estimate,
      t: estimate / standardError,
      df,
      p,
      ratio: Math.exp(estimate),
      ratioLower: Math.exp(low),
      ratioUpper: Math.exp(high),
    };
  },
  trimmedT: ({ d, k, conf }) => {
    const { estimate, standardError, df, p, low, high } = trimmedT(d, k, conf);
    assert.deepEqual(
      trimmedT(d, k, conf),
      logRatioEstimate(d, conf),
      'the stepped trim is the one of the vector',
    );
    return {
      trimmedMean: estimate,
      se: standardError,
      df,
      t: estimate / standardError,
      p,
      lower: low,
      upper: high,
    };
  },
  // An interval of level 1 - 2p touches the margin exactly where the one-sided test has the probability p.
  tostPaired: ({ a, b, margin }, { expected }) => {
    const at = (p: number) => trimmedT(logRatios(a, b), 0, 1 - 2 * p);
    assertClose(at(expected.pLower).low, -Math.log1p(margin), 1e-7, 'pLower');
    assertClose(at(expected.pUpper).high, Math.log1p(margin), 1e-7, 'pUpper');
    return {};
  },
  wilson: ({ x, n }) => {
    const { low, high } = wilson({ cases: x, of: n }, 0.95);
    return [low, high];
  },
  newcombeDiff: ({ x1, n1, x2, n2 }) => {
    const difference = newcombeDifference({ cases: x1, of: n1 }, { cases: x2, of: n2 }, 0.95);
    return { diff: difference.estimate, lower: difference.low, upper: difference.high };
  },
  mdePairedT: ({ n, sd }) =>
    minimumDetectableEffect({ standardError: sd / Math.sqrt(n), df: n - 1, alpha: 0.05 }),
  'n for paired t power .8 at effect/sd': ({ effectOverSd }) => pairsNeeded(effectOverSd),
  pairedTPower: ({ n, effectOverSd }) => pairedTPower(n, effectOverSd, 0.05),
  'alpha_k = c*n_k/nmax': (_input, { expected }) => {
    for (const row of expected) {
      if (row.step !== 1 || row.nmax > 20) continue;
      const range = { min: row.nmin, max: row.nmax };
      // Two Monte Carlo tables: the reference's c is known to 2 %, at 1 % to twice that.
      assertClose(stoppingConstant(row.nmin, row.nmax), row['c_yuen_0.05'], 0.03, `${row.nmin}..${row.nmax}`);
      for (const alpha of ['0.1', '0.05', '0.025', '0.01']) {
        const p = sequentialP([{ n: row.nmax, p: row[`c_yuen_${alpha}`] }], range);
        assertClose(p, Number(alpha), alpha === '0.01' ? 0.05 : 0.03, `p at ${alpha}`);
      }
    }
    return {};
  },
  holm: ({ p }) => holm(p),
  'MSER-5': ({ x }, { expected }) => {
    assert.equal(mser5(x), expected.truncate);
    return {};
  },
  'E-divisive: argmax': ({ series }, { expected }) => {
    const split = bestSplit(series);
    assert.equal(split?.index, expected.tau);
    return { qhat: split?.strength };
  },
  // Their tests are other ones; the places are the same.
  'E-divisive + t-test': changePointsOf,
  'Otava compute_change_points': changePointsOf,
  PELT: ({ series }, { expected }) => {
    const found = eDivisive(series, { seed: 1, alpha: 0.01 }).map(({ index }) => index);
    assert.deepEqual([...found, series.length], expected.ends);
    return {};
  },
  '24-run resolution-IV design': ({ design, y }, { expected }) => {
    assert.deepEqual(foldedHadamard(), design);
    const once = { columns: columnsFor(12), rows: y };
    const { effects } = attribute([once, once]);
    for (const [index, column] of columnsFor(12).entries()) {
      const difference = (effects[index]?.estimate ?? 0) - expected.effects[column];
      assert.ok(Math.abs(difference) < 1e-9, `column ${column}`);
    }
    return {};
  },
};

for (const vector of vectors) {
  test(`vector ${vector.id}`, () => {
    const name = Object.keys(functions).find((candidate) => vector.function.startsWith(candidate)) ?? '';
    const answer = functions[name];
    assert.ok(answer, `a function for ${vector.function}`);
    compare(answer(vector.input, vector), vector.expected, vector);
  });
}

test('every function has a vector', () => {
  for (const name of Object.keys(functions)) {
    assert.ok(
      vectors.some((vector) => vector.function.startsWith(name)),
      name,
    );
  }
});

function compare(actual: unknown, expected: Vector['expected'], { tol, id }: Vector): void {
  if (typeof actual === 'number') {
    assertClose(actual, expected, tol, id);
    return;
  }
  assert.ok(typeof actual === 'object' && actual !== null);
  for (const [key, value] of Object.entries(actual)) assertClose(value, expected[key], tol, `${id}.${key}`);
}

/** Relative, and absolute below 1e-12: a weight of 1e-17 is a zero. */
function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  const reach = tolerance * Math.abs(expected) + 1e-12;
  assert.ok(Math.abs(actual - expected) <= reach, `${what}: ${actual}, expected ${expected}`);
}

function changePointsOf({ series }: Vector['input'], { expected }: Vector): object {
  const found = eDivisive(series, { seed: 1 }).map(({ index }) => index);
  assert.deepEqual(found, expected.changePoints);
  return {};
}

function logRatios(a: number[], b: number[]): number[] {
  return a.map((value, index) => Math.log((b[index] ?? Number.NaN) / value));
}

function ascending(a: number, b: number): number {
  return a - b;
}
