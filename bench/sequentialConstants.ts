/**
 * Prints the constants of services/lab/src/statistics/stoppingConstants.ts: for every range of looks the c with which
 * P(some look n in nMin..nMax has p <= c * n / nMax) = 5 % when nothing changed. About a minute.
 *   node bench/sequentialConstants.ts [simulations] [seed]
 */
import { randomOf } from '../services/lab/src/experiment/random.ts';
import { gaussian } from '../services/lab/src/statistics/gaussian.ts';
import { pAgainstZero, steppedTrim, trimmedMean } from '../services/lab/src/statistics/yuen.ts';

const alpha = 0.05;
const firstLook = 4;
const lastLook = 20;
const simulations = Number(process.argv[2] ?? 400_000);
const seed = Number(process.argv[3] ?? 20_261_121);

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
    const c = nMax * (smallest.toSorted()[Math.floor(alpha * simulations)] ?? Number.NaN);
    row.push(`${nMax}: ${c.toFixed(5)}`);
  }
  console.log(`  ${nMin}: { ${row.join(', ')} },`);
}
