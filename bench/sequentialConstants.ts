/**
 * Prints what services/lab/src/statistics/stoppingConstants.ts and sequentialNull.ts hold. For every range of looks: the c with which
 * P(some look n in nMin..nMax has p <= c * n / nMax) = 5 % when nothing changed, or with "null" the same c for each of several
 * probabilities. About a minute.
 *   node bench/sequentialConstants.ts [simulations] [seed] [null]
 */
import { randomOf } from '../services/lab/src/experiment/random.ts';
import { gaussian } from '../services/lab/src/statistics/gaussian.ts';
import { nullProbabilities } from '../services/lab/src/statistics/sequentialNull.ts';
import { pAgainstZero, steppedTrim, trimmedMean } from '../services/lab/src/statistics/yuen.ts';

const firstLook = 4;
const lastLook = 20;
const simulations = Number(process.argv[2] ?? 400_000);
const seed = Number(process.argv[3] ?? 20_261_121);
const alphas = process.argv[4] === 'null' ? nullProbabilities : [0.05];

const looks = Array.from({ length: lastLook - firstLook + 1 }, (_, index) => firstLook + index);
const normal = gaussian(randomOf(seed));
const pOverN = looks.map(() => new Float64Array(simulations));
for (let run = 0; run < simulations; run++) {
  const values = Array.from({ length: lastLook }, normal);
  for (const [index, n] of looks.entries()) {
    const p = pAgainstZero(trimmedMean(values.slice(0, n), steppedTrim(n)));
    const column = pOverN[index];
    if (column) column[run] = p / n;
  }
}

for (const nMin of looks) {
  const smallest = new Float64Array(simulations).fill(Infinity);
  const row: string[] = [];
  for (const nMax of looks.filter((n) => n >= nMin)) {
    const column = pOverN[nMax - firstLook];
    for (let run = 0; run < simulations; run++) {
      smallest[run] = Math.min(smallest[run] ?? Infinity, column?.[run] ?? Infinity);
    }
    const sorted = smallest.toSorted();
    const constants = alphas.map((alpha) =>
      (nMax * (sorted[Math.floor(alpha * simulations)] ?? Number.NaN)).toPrecision(4),
    );
    row.push(`${nMax}: ${alphas.length === 1 ? constants[0] : `[${constants.map(Number).join(', ')}]`}`);
  }
  console.log(`  ${nMin}: { ${row.join(', ')} },`);
}
