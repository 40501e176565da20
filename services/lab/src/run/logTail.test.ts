import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readLogTail } from './logTail.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-log-'));
const path = join(folder, 'a.log');
after(() => rmSync(folder, { recursive: true }));

const rows: { name: string; text: string; lines: number; tail: string }[] = [
  { name: 'the last lines', text: 'a\nb\nc\n', lines: 2, tail: 'b\nc' },
  { name: 'fewer than asked for', text: 'a', lines: 5, tail: 'a' },
  { name: 'nothing', text: '', lines: 5, tail: '' },
  { name: 'no control characters', text: 'a\u001b[2Jb\rc\u0007\td\u009b31m', lines: 1, tail: 'abc  d' },
  {
    name: 'a long line cut',
    text: `${'x'.repeat(200_000)}\nend\n`,
    lines: 2,
    tail: `${'x'.repeat(500)}…\nend`,
  },
];

for (const { name, text, lines, tail } of rows) {
  test(name, async () => {
    writeFileSync(path, text);
    assert.equal(await readLogTail(path, lines), tail);
  });
}
