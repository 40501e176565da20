import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFinishedRun } from '../../tests/runFolders.ts';
import { readTraceView } from './keptTraces.ts';

test('the link to Jaeger is there also where the dashboard was busy when it was answered', async (t) => {
  const results = await mkdtemp(join(tmpdir(), 'dyno-kept-traces-'));
  process.env.DYNO_RESULTS = results;
  const jaeger = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  t.after(async () => {
    jaeger.close();
    await rm(results, { recursive: true });
  });
  await once(jaeger, 'listening');
  await writeFinishedRun(results, { id: 'one' });
  const file = join(results, 'one/evidence.json');
  const address = `127.0.0.1:${(jaeger.address() as AddressInfo).port}`;
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('127.0.0.1:26686', address));

  // From the question on: longer than an answer is waited for.
  const beBusy = () =>
    process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300));
  subscribe('net.client.socket', beBusy);
  t.after(() => unsubscribe('net.client.socket', beBusy));
  const view = await readTraceView('one', 'naive-p50');
  assert.match(view?.opened[0]?.jaegerUrl ?? '', new RegExp(`^http://${address}/`));
});
