import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listLogs, partBytesMax, readLogPart } from './logs.ts';

let folder = '';
const log = { source: 'run', name: 'round-001-naive-service.log' } as const;
const path = () => join(folder, 'results/one/log', log.name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-logs-'));
  mkdirSync(join(folder, 'results/one/log'), { recursive: true });
  mkdirSync(join(folder, 'home/log'), { recursive: true });
  process.env.DYNO_RESULTS = join(folder, 'results');
  process.env.DYNO_HOME = join(folder, 'home');
  writeFileSync(join(folder, 'secret.log'), 'secret\n');
  writeFileSync(join(folder, 'home/token'), 'secret\n');
  writeFileSync(join(folder, 'home/log/mysql.log'), 'ready\n');
  symlinkSync(join(folder, 'secret.log'), join(folder, 'results/one/log/link.log'));
});

after(() => rmSync(folder, { recursive: true }));

test('a log is read on from where the last part ended, in whole lines and without control characters', async () => {
  writeFileSync(path(), 'one\n\u001b[31mtw\u0007o\u001b[0m\r\nthr');
  const first = await readLogPart('one', log, null);
  assert.equal(first.text, 'one\ntwo\n');
  appendFileSync(path(), 'ee\n');
  const second = await readLogPart('one', log, first.to);
  assert.equal(second.text, 'three\n');
  assert.deepEqual(await readLogPart('one', log, second.to), { from: second.to, to: second.to, text: '' });
  writeFileSync(path(), 'anew\n');
  assert.equal((await readLogPart('one', log, second.to)).text, 'anew\n');
});

test('of a long log the end is given, and a line that never ends in pieces', async () => {
  writeFileSync(path(), `${'x'.repeat(99)}\n`.repeat(5_000));
  const end = await readLogPart('one', log, null);
  assert.equal(end.to, 500_000);
  assert.ok(end.to - end.from <= partBytesMax && end.from % 100 === 0, `${end.from}`);
  assert.equal((await readLogPart('one', log, 100)).from, end.from, 'who fell behind goes on at the end');
  writeFileSync(path(), 'y'.repeat(200_000));
  const piece = await readLogPart('one', log, null);
  assert.equal(piece.text.length, partBytesMax);
  assert.equal(piece.to, 200_000);
});

test('logs of the run and of the stack are listed, and nothing else is given out', async () => {
  writeFileSync(join(folder, 'results/one/log/1.torn.csv'), 'x\n');
  assert.deepEqual((await listLogs('one')).map(({ source, name }) => `${source} ${name}`).sort(), [
    'run round-001-naive-service.log',
    'stack mysql.log',
  ]);
  assert.equal((await readLogPart('one', { source: 'stack', name: 'mysql.log' }, null)).text, 'ready\n');
  assert.deepEqual(await listLogs('../one'), []);
  for (const [source, name] of [
    ['run', 'link.log'],
    ['run', '../plan.json'],
    ['run', '../../../secret.log'],
    ['stack', '../token'],
    ['stack', 'token'],
    ['run', 'absent.log'],
    ['run', 'a\0.log'],
  ] as const)
    await assert.rejects(readLogPart('one', { source, name }, null), { name: 'RunFileError' }, name);
  await assert.rejects(readLogPart('../one', log, null), { name: 'RunFileError' });
});
