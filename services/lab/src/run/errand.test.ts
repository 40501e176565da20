import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DynoError } from '../errors.ts';
import { runErrand } from './errand.ts';
import { Processes } from './processes.ts';

test('a program that never ends is stopped, and the way out said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-errand-'));
  const owner = { kind: 'run' as const, runId: 'errand' };
  const processes = await Processes.open({ home: join(folder, 'home'), owner, reap: true });
  const spec = {
    what: 'reset of one',
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
    cwd: folder,
    env: process.env,
    logFile: join(folder, 'reset.log'),
  };
  const limit = { seconds: 0.2, wayOut: 'Give it longer.' };
  try {
    await assert.rejects(runErrand(processes, spec, limit, new AbortController().signal), (error) => {
      assert.ok(error instanceof DynoError);
      assert.equal(error.exitCode, 4);
      assert.match(error.message, /^reset of one \(.*\) has not ended within 0\.2 s.*\nGive it longer\.$/s);
      return true;
    });
    await runErrand(
      processes,
      { ...spec, args: ['-e', ''] },
      { ...limit, seconds: 60 },
      new AbortController().signal,
    );
  } finally {
    await processes.close();
    rmSync(folder, { recursive: true });
  }
});
