/** What 2, 5 and 10 % more work are in CPU time of the whole answer: `node examples/known-cost/trueCost.ts [seconds each]`. */
import { spawnSync } from 'node:child_process';
import { answer } from './server.ts';

const sliceMs = 50;
const [, , secondsText = '20', child] = process.argv;

/** CPU ms of one answer; the median over slices forgives what disturbs the machine for a moment. */
function measure(seconds: number): number {
  const perAnswer: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  let from = 0;
  while (performance.now() < endMs) {
    const before = process.cpuUsage();
    const sliceEndMs = performance.now() + sliceMs;
    let answers = 0;
    for (; performance.now() < sliceEndMs; answers += 1) {
      from = (from + 1) % 5000;
      answer(from);
    }
    const { user, system } = process.cpuUsage(before);
    perAnswer.push((user + system) / 1000 / answers);
  }
  return perAnswer.toSorted((a, b) => a - b)[Math.floor(perAnswer.length / 2)] ?? 0;
}

function measureWith(extra: string, seconds: number): number {
  const env = { ...process.env, EXTRA_WORK_PERCENT: extra };
  const args = [import.meta.filename, String(seconds), 'child'];
  return Number(spawnSync(process.execPath, args, { env, encoding: 'utf8' }).stdout);
}

if (child) {
  measure(1);
  process.stdout.write(String(measure(Number(secondsText))));
} else {
  // In turn, so that a machine that gets slower meets all alike.
  const turns = 6;
  const seconds = Number(secondsText) / turns;
  const sums = new Map<string, number[]>();
  for (let turn = 0; turn < turns; turn += 1) {
    for (const extra of ['0', '2', '5', '10']) {
      sums.set(extra, [...(sums.get(extra) ?? []), measureWith(extra, seconds)]);
    }
  }
  const middle = (extra: string) => {
    const sorted = (sums.get(extra) ?? []).toSorted((a, b) => a - b);
    return ((sorted[2] ?? 0) + (sorted[3] ?? 0)) / 2;
  };
  const base = middle('0');
  for (const extra of sums.keys()) {
    const ms = middle(extra);
    console.log(
      `${extra} % more work: ${ms.toFixed(4)} ms of CPU an answer, ${((ms / base - 1) * 100).toFixed(2)} %`,
    );
  }
}
