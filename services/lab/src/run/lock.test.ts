import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { until } from './fixtures/until.ts';
import { measurementUnderWay, takeMeasuringLock } from './lock.ts';
import { readProcess } from './proc.ts';

// Not the lock of real measurements: one may be under way on this machine.
const name = `dyno-lock-test-${process.pid}`;
/** Met only when a test fails: waiting for a lock has no end of its own. */
const bounded = { timeout: 30_000 };
const options = { home: '/our/home', wait: false, what: 'run ours', name };

/** Another process that has taken the lock. */
async function holder(): Promise<ChildProcess & { pid: number }> {
  const text = `
    import { measurementUnderWay, takeMeasuringLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await takeMeasuringLock({ home: '/their/home', wait: false, what: 'run theirs', name: '${name}' });
    console.log('held');
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const { pid } = child;
  assert.ok(pid !== undefined);
  return Object.assign(child, { pid });
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('the second one is told who measures, since when and where', async () => {
  const other = await holder();
  await assert.rejects(takeMeasuringLock(options), (error) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, exitCodes.usage);
    assert.match(error.message, /run theirs, process \d+ since \d{4}-.*\/their\/home.*--wait/);
    assert.ok(error.message.includes(`process ${other.pid} `));
    return true;
  });
  await end(other);
});

test('who measures can be asked without wanting the lock', async () => {
  assert.equal(await measurementUnderWay(name), null);
  const other = await holder();
  const found = await measurementUnderWay(name);
  assert.match(found?.holder ?? '', /^run theirs, process/);
  assert.equal(found?.pid, other.pid, 'by the kernel, not by its word');
  await end(other);
  assert.equal(await measurementUnderWay(name), null);
});

test('kill -9 of the holder frees the lock at once', async () => {
  await end(await holder());
  await (await takeMeasuringLock(options)).release();
});

test('a released lock can be taken again, releasing twice is harmless', async () => {
  for (let round = 0; round < 3; round += 1) {
    const lock = await takeMeasuringLock(options);
    await lock.release();
    await lock.release();
  }
});

for (const how of ['is killed', 'releases'] as const) {
  test(`waiting ends when the holder ${how}`, bounded, async () => {
    const other = how === 'is killed' ? await holder() : null;
    const own = other ? null : await takeMeasuringLock(options);
    const told: string[] = [];
    const waiting = takeMeasuringLock({ ...options, wait: true, onWait: (one) => told.push(one) });
    await until('it waits', () => told.length > 0);
    if (other) await end(other);
    await own?.release();
    await (await waiting).release();
    assert.equal(told.length, 1);
  });
}

test('whoever waits can be told to stop', bounded, async () => {
  const own = await takeMeasuringLock(options);
  const abort = new AbortController();
  const waiting = takeMeasuringLock({
    ...options,
    wait: true,
    signal: abort.signal,
    onWait: () => abort.abort(new Error('Ctrl-C')),
  });
  await assert.rejects(waiting, /Ctrl-C/);
  await own.release();
});

test('of several that wait one gets it after the other', bounded, async () => {
  const first = await takeMeasuringLock(options);
  let held = 0;
  const others = Array.from({ length: 4 }, async () => {
    const lock = await takeMeasuringLock({ ...options, wait: true });
    held += 1;
    assert.equal(held, 1);
    await new Promise((resolve) => setImmediate(resolve));
    held -= 1;
    await lock.release();
  });
  await first.release();
  await Promise.all(others);
});

test('a holder that is stopped is known by its pid', async () => {
  const other = await holder();
  other.kill('SIGSTOP');
  await until('it is stopped', () => readProcess(other.pid)?.state === 'T');
  await assert.rejects(takeMeasuringLock(options), new RegExp(`under way: process ${other.pid} \\(`));
  await end(other);
});

test('a program that forgets to release can still end', bounded, async () => {
  const text = `
    import { measurementUnderWay, takeMeasuringLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await takeMeasuringLock({ home: '/', wait: false, what: 'x', name: '${name}' });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: 'inherit',
    timeout: bounded.timeout / 2,
  });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
