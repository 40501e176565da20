import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { schemaName, shapeVersion } from '@dyno/api/db/schema';
import { readImport, receiveImport } from '@dyno/api/imports/imports';
import { giveUp } from '@dyno/api/jobs/giveUp';
import { leaveInOutbox } from '@dyno/api/jobs/outbox';
import { orderReport, readReport } from '@dyno/api/reports/reports';
import { withRedis } from '@dyno/api/testing/servers';
import { countProducts, fileOf } from './testing/priceLists.ts';
import { startProgram } from './testing/program.ts';
import { ended, fateOf, ownWorkDatabase, startTestWorker, until, workDatabase } from './testing/work.ts';

const namespace = `${schemaName(workDatabase, false)}:v${shapeVersion}`;
const database = ownWorkDatabase();
after(forgetAnswers);

for (const { how, signal } of [
  { how: 'is killed', signal: 'SIGKILL' },
  { how: 'is told to stop and has no time for it', signal: 'SIGTERM' },
] as const) {
  test(`an import whose worker ${how} goes on where it was: every row once, none twice`, async (context) => {
    const rows = 6000;
    const before = await countProducts(database);
    const { id, outboxId } = await receiveImport(database, 2000, fileOf(rows, signal));
    const first = await startProgram({ RELAY_INTERVAL_MS: '20', WORKER_DRAIN_MS: '1' });
    context.after(() => first.child.kill('SIGKILL'));
    await until('a part of it is written', async () => (await readImport(database, id)).rowsDone > 0);
    await first.kill(signal);
    assert.ok((await readImport(database, id)).rowsDone < rows, 'it was ended too late');
    const second = await startTestWorker();
    context.after(() => second.stop());
    await ended(database, outboxId, 120_000);
    const { state, rowsDone, rowsRefused } = await readImport(database, id);
    assert.deepEqual({ state, rowsDone, rowsRefused }, { state: 'done', rowsDone: rows, rowsRefused: 0 });
    assert.equal(await countProducts(database), before + rows);
  });
}

test('two workers that are given the same import do it once', async (context) => {
  const before = await countProducts(database);
  const workers = [await startTestWorker(), await startTestWorker()];
  context.after(() => Promise.all(workers.map((worker) => worker.stop())));
  const { id, outboxId } = await receiveImport(database, 2000, fileOf(1500, 'TWICE'));
  await ended(database, outboxId, 120_000);
  assert.equal((await readImport(database, id)).state, 'done');
  assert.equal(await countProducts(database), before + 1500);
});

test('a report is made, and one that is given up says so to whoever asks for it', async (context) => {
  const lost = await orderReport(database, 2000, '2025-03');
  await database.transaction((session) => giveUp(session, lost.outboxId, 'the worker stalled'));
  assert.equal((await readReport(database, lost.id)).state, 'failed');
  const worker = await startTestWorker();
  context.after(() => worker.stop());
  const made = await orderReport(database, 2000, '2025-03');
  await ended(database, made.outboxId);
  const { state, report } = await readReport(database, made.id);
  assert.equal(state, 'done');
  assert.ok(report !== null);
  assert.equal((await fateOf(database, lost.outboxId)).outbox, 'failed');
});

test('an invalidation from the outbox is told to every process with a cache', async (context) => {
  const worker = await startTestWorker({ SHOP_OPTIMIZATIONS: 'connection-pool,redis-cache' });
  context.after(() => worker.stop());
  await withRedis(async (redis) => {
    await redis.subscribe(`${namespace}:changes`);
    const heard = once(redis, 'message');
    await database.transaction((session) => leaveInOutbox(session, 'invalidation', { tags: ['product:5'] }));
    assert.deepEqual(await heard, [`${namespace}:changes`, 'product:5']);
  });
});

test('lists are kept warm: what goes from the shared cache is there again before anybody asks', async (context) => {
  await forgetAnswers();
  const worker = await startTestWorker({
    SHOP_OPTIMIZATIONS: 'connection-pool,redis-cache,cache-warming,batched-queries',
    // Longer than a slow machine takes for all of them, and a Redis that is late is no reason to go without it.
    CACHE_TTL_MS: '12000',
    REDIS_TIMEOUT_MS: '5000',
  });
  context.after(() => worker.stop());
  await until('the lists are there', async () => (await heldAnswers()) > 20);
  await forgetAnswers();
  await until('the lists are there again', async () => (await heldAnswers()) > 20);
});

function heldAnswers(): Promise<number> {
  return withRedis(async (redis) => (await redis.keys(`${namespace}:value:*`)).length);
}

function forgetAnswers(): Promise<void> {
  return withRedis(async (redis) => {
    const keys = await redis.keys(`${namespace}:*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}
