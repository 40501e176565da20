import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { reportSchema } from '@dyno/contracts/report';
import { writeFinishedRun } from '../../tests/runFolders.ts';
import { pictureOf, readHistory } from './history.ts';

let results = '';

before(async () => {
  results = await mkdtemp(join(tmpdir(), 'dyno-history-'));
  process.env.DYNO_RESULTS = results;
  await writeFinishedRun(results, { id: 'first' });
  await writeFinishedRun(results, { id: 'second', createdAt: '2026-11-22T09:00:00.000Z' });
});
after(() => rm(results, { recursive: true, force: true }));

test('a report that was made again is seen in the history at once', async () => {
  const path = join(results, 'second/report.json');
  const report = reportSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const before = await readHistory(report.experiment);
  assert.equal(before?.history?.rows.at(-1)?.verdict, report.verdict);
  assert.notEqual(report.verdict, 'invalid');
  await writeFile(path, JSON.stringify({ ...report, verdict: 'invalid' }));
  const now = await readHistory(report.experiment);
  assert.equal(now?.history?.rows.at(-1)?.verdict, 'invalid');
});

test('runs of one day are told apart by the time of day', async () => {
  const datesOf = async () => {
    const history = await readHistory('products');
    return history?.history && pictureOf(history, 'latency.mean', 'ratio')?.dots.map(({ date }) => date);
  };
  assert.deepEqual(await datesOf(), ['21 Nov 2026', '22 Nov 2026']);
  await writeFinishedRun(results, { id: 'third', createdAt: '2026-11-22T10:30:00.000Z' });
  const [first, ...sameDay] = (await datesOf()) ?? [];
  assert.equal(first, '21 Nov 2026');
  assert.equal(new Set(sameDay).size, 2);
  for (const date of sameDay) assert.match(date, /^22 Nov, \d\d:\d\d$/);
});
