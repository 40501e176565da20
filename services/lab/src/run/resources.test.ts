import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { systemClock } from './clock.ts';
import { ResourceWatch } from './resources.ts';

test('what children used that came and went between two looks counts where it is asked for', async () => {
  const burn =
    'const used = () => process.cpuUsage().user + process.cpuUsage().system; while (used() < 3e5);';
  const parent = spawn(
    process.execPath,
    [
      '-e',
      `const once = () => require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(burn)}]);
      once();
      console.log('one before');
      process.stdin.once('data', () => { once(); console.log('one within'); });`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
    await lines.next();
    const pids = () => [parent.pid ?? assert.fail()];
    const watch = await ResourceWatch.start(systemClock, [
      { process: 'with', pids, withEnded: true },
      { process: 'without', pids },
    ]);
    parent.stdin.write('\n');
    await lines.next();
    const { processes } = watch.totals();
    const used = (name: string) => processes.get(name)?.cpuSeconds ?? Number.NaN;
    // Ticks are 10 ms, user and system are each rounded down.
    assert.ok(used('with') - used('without') > 0.27, `${used('with')} s, without it ${used('without')} s`);
    assert.ok(used('with') - used('without') < 0.55, 'the one before is not counted');
  } finally {
    const ended = once(parent, 'exit');
    parent.kill('SIGKILL');
    await ended;
  }
});
