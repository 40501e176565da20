import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { duckdb, quoted } from './duckdb.ts';

let root: string;

before(() => {
  root = mkdtempSync(join(tmpdir(), 'dyno-duckdb-'));
  mkdirSync(join(root, 'run'));
  writeFileSync(join(root, 'run', 'own.csv'), 'a\n1\n');
  writeFileSync(join(root, 'secret.csv'), 'a\n1\n');
  symlinkSync(join(root, 'secret.csv'), join(root, 'run', 'link.csv'));
});

after(() => rmSync(root, { recursive: true }));

test('a run of somebody else names files in vain that are not its own', async () => {
  const db = await duckdb(join(root, 'run'));
  const read = (file: string) =>
    db.runAndReadAll(`select * from read_csv(${quoted(join(root, 'run', file))})`);
  assert.equal((await read('own.csv')).currentRowCount, 1);
  for (const file of ['../secret.csv', 'link.csv', '../../../../../../etc/hostname']) {
    await assert.rejects(read(file), /Permission Error/, file);
  }
  await assert.rejects(db.run(`copy (select 1) to ${quoted(join(root, 'written.csv'))}`), /Permission Error/);
  for (const statement of [
    'load httpfs',
    'set enable_external_access = true',
    "set allowed_directories = ['/']",
  ]) {
    await assert.rejects(db.run(statement), /configuration|locked|disabled/i, statement);
  }
});
