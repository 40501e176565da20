/**
 * What 2, 5 and 10 % more work are in CPU time of a whole answer, without server and network:
 * `node examples/known-cost/trueCost.ts [seconds]`.
 */
import { answer } from './server.ts';

const extras = [0, 2, 5, 10] as const;
/** Too short for the machine's speed to change much between one slice and the next. */
const answersPerSlice = 5;

/** CPU ms of one answer. */
function slice(extra: number, from: number): number {
  const before = process.cpuUsage();
  for (let index = 0; index < answersPerSlice; index += 1) answer(from + index, extra);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / answersPerSlice;
}

const seconds = Number(process.argv[2] ?? 60);
const ratios = new Map<number, number[]>(extras.map((extra) => [extra, []]));
const base: number[] = [];
const endMs = performance.now() + seconds * 1000;
for (let round = 0; performance.now() < endMs; round += 1) {
  // Another order each time, and the same rows for all.
  const turned = extras.map((_, index) => extras[(index + round) % extras.length] ?? 0);
  const used = new Map(turned.map((extra) => [extra, slice(extra, round % 4_000)]));
  const without = used.get(0) ?? Number.NaN;
  // Not of the work: compiling it.
  if (round < 50) continue;
  base.push(without);
  for (const [extra, ms] of used) ratios.get(extra)?.push(ms / without);
}
console.log(`${middle(base).toFixed(3)} ms of CPU an answer, median of ${base.length} slices`);
for (const [extra, values] of ratios) {
  console.log(
    `${String(extra).padStart(2)} % more work: ${((middle(values) - 1) * 100).toFixed(2)} % more CPU`,
  );
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
