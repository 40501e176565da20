import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Ledger, type LedgerEntry } from './ledger.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dyno-ledger-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function entry(mark: string): LedgerEntry {
  return {
    pid: 1,
    pgid: 1,
    startTime: 1,
    bootId: 'boot',
    mark,
    what: 'service',
    log: '/log',
    owner: { kind: 'run', runId: 'r' },
    ownerPid: 1,
    ownerStartTime: 1,
    reap: true,
    stopSignal: 'SIGTERM',
    graceMs: 5_000,
  };
}

test('what was written is read by the next one', () => {
  new Ledger(home).append(entry('a.1'));
  assert.deepEqual(new Ledger(home).entries(), [entry('a.1')]);
});

test('no ledger is an empty one, and reading leaves nothing behind', () => {
  const nowhere = join(home, 'not', 'there');
  assert.deepEqual(new Ledger(nowhere).entries(), []);
  new Ledger(nowhere).forget(new Set(['a.1']));
  assert.throws(() => readFileSync(nowhere), /ENOENT/);
});

test('a torn line costs neither the line before nor the one after it', () => {
  const ledger = new Ledger(home);
  ledger.append(entry('a.1'));
  appendFileSync(join(home, 'processes.ndjson'), '{"pid":12,"pg');
  ledger.append(entry('b.1'));
  assert.deepEqual(
    ledger.entries().map((one) => one.mark),
    ['a.1', 'b.1'],
  );
});

test('several processes append and forget at once and no line is lost', async () => {
  const writers = 4;
  const each = 25;
  // Every writer drops its own odd entries at once, so that the file is rewritten all the time.
  const text = `
    import { Ledger } from ${JSON.stringify(join(import.meta.dirname, 'ledger.ts'))};
    const [home, writer] = process.argv.slice(1);
    const ledger = new Ledger(home);
    const entry = ${JSON.stringify(entry(''))};
    for (let n = 0; n < ${each}; n += 1) {
      const mark = writer + '.' + n;
      ledger.append({ ...entry, mark });
      if (n % 2 === 1) ledger.forget(new Set([mark]));
    }`;
  const ends = Array.from({ length: writers }, async (_, writer) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', text, home, String(writer)], {
      stdio: 'inherit',
    });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
  await Promise.all(ends);
  const expected = Array.from({ length: writers }, (_, writer) =>
    Array.from({ length: each }, (_, n) => `${writer}.${n}`).filter((_, n) => n % 2 === 0),
  ).flat();
  assert.deepEqual(
    new Ledger(home)
      .entries()
      .map((one) => one.mark)
      .sort(),
    expected.sort(),
  );
});
