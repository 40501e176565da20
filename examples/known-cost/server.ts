import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * A service whose cost is known: each answer serialises and hashes 800 rows, about a millisecond of CPU.
 * EXTRA_WORK_PERCENT=5 does 5 % more of exactly that work and throws it away, so that the answers stay the same.
 */
const rowsPerRequest = 800;
const rowsShown = 5;

interface Row {
  id: number;
  name: string;
  cents: number;
  tags: string[];
  about: string;
}

export function answer(from: number, extraPercent: number): string {
  const hash = createHash('sha256');
  const shown: string[] = [];
  for (let index = 0; index < rowsPerRequest; index += 1) {
    const text = work(from + index);
    hash.update(text);
    if (index < rowsShown) shown.push(text);
  }
  const digest = hash.digest('hex');
  const waste = createHash('sha256');
  const extraRows = Math.round((rowsPerRequest * extraPercent) / 100);
  for (let index = 0; index < extraRows; index += 1) waste.update(work(from + index));
  return `{"digest":"${digest}","rows":[${shown.join(',')}]}`;
}

export function work(id: number): string {
  const row: Row = {
    id,
    name: `row ${id}`,
    cents: (id * 7919) % 100_000,
    tags: [`a${id % 7}`, `b${id % 11}`, `c${id % 13}`],
    about: createHash('sha256').update(String(id)).digest('hex'),
  };
  return JSON.stringify(row);
}

function percent(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`EXTRA_WORK_PERCENT=${text} is not a number of 0 or more`);
}

if (process.argv[1] === import.meta.filename) {
  const extraPercent = percent(process.env.EXTRA_WORK_PERCENT ?? '0');
  const server = createServer((request, response) => {
    const from = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('from') ?? 0);
    response.setHeader('content-type', 'application/json');
    response.end(answer(from, extraPercent));
  });
  server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '127.0.0.1');
  process.once('SIGTERM', () => process.exit(0));
}
