import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readImport, receiveImport } from '@dyno/api/imports/imports';
import type { Job } from '@dyno/api/jobs/job';
import { openJobs } from '@dyno/api/wiring/jobs';
import { countProducts, fileOf } from './testing/priceLists.ts';
import { withQueues } from './testing/queues.ts';
import { ended, fateOf, jobOfRow, ownWorkDatabase, startTestWorker, until } from './testing/work.ts';

const database = ownWorkDatabase();

test('an import that was given up goes on where it was when it is tried again on the board', async (context) => {
  let isBroken = true;
  // Each try writes a thousand rows, and fails.
  const breaking =
    (whole: Job): Job =>
    async (deps, outboxId) => {
      if (!isBroken) return whole(deps, outboxId);
      await whole({ ...deps, signal: AbortSignal.abort() }, outboxId).catch(() => {});
      throw new Error('broken on purpose');
    };
  // Its three tries are three, however busy the machine is: one that lost its lock would be one more.
  const environment = { BOARD_PASSWORD: 'mine', JOB_LOCK_MS: '60000' };
  const worker = await startTestWorker(environment, (config, log) => {
    const opened = openJobs(config, log);
    return { ...opened, jobs: { ...opened.jobs, import: breaking(opened.jobs.import) } };
  });
  context.after(() => worker.stop());
  const before = await countProducts(database);
  const { id, outboxId } = await receiveImport(database, 2000, fileOf(3500, 'GIVEN-UP'));
  await ended(database, outboxId);
  assert.equal((await fateOf(database, outboxId)).reason, 'broken on purpose');
  const failed = await readImport(database, id);
  assert.deepEqual([failed.state, failed.rowsDone], ['failed', 3000]);
  // Lists and counts show what it has written.
  assert.deepEqual(await toldToCaches(), [['catalogue']]);
  isBroken = false;
  // Its products get the numbers that the other one had been given.
  const between = await receiveImport(database, 2000, fileOf(700, 'BETWEEN'));
  await ended(database, between.outboxId);
  const answer = await fetch(
    `http://127.0.0.1:${worker.port}/board/api/queues/imports/${(await jobOfRow(database, outboxId)).jobId}/retry`,
    {
      method: 'PUT',
      headers: {
        authorization: `Basic ${Buffer.from('board:mine').toString('base64')}`,
        origin: `http://127.0.0.1:${worker.port}`,
      },
    },
  );
  assert.ok(answer.ok, String(answer.status));
  await until('it is done', async () => (await fateOf(database, outboxId)).outbox === 'done');
  const { state, rowsDone, problems } = await readImport(database, id);
  assert.deepEqual({ state, rowsDone, problems }, { state: 'done', rowsDone: 3500, problems: [] });
  assert.equal(await countProducts(database), before + 4200);
  await until('it is struck off', async () => (await countLetters()) === 0);
});

test('the list of dead letters has an end: by age and number, the newest stay', async (context) => {
  const day = 86_400_000;
  const letter = (outboxId: number, timestamp = Date.now()) => ({
    name: 'email',
    data: { outboxId },
    opts: { jobId: `letter-${outboxId}`, timestamp },
  });
  const numbers = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => first + index);
  await withQueues(async ({ 'dead-letters': letters }) => {
    await letters.addBulk(numbers(1, 5).map((id) => letter(id, Date.now() - 31 * day)));
    // Redis has two seconds for each.
    for (let first = 6; first < 1016; first += 101)
      await letters.addBulk(numbers(first, 101).map((id) => letter(id)));
  });
  const worker = await startTestWorker({ PRUNE_INTERVAL_MS: '100' });
  context.after(() => worker.stop());
  await until('there are a thousand', async () => (await countLetters()) === 1000);
  const kept = await withQueues(({ 'dead-letters': letters }) => letters.getWaiting());
  assert.deepEqual(
    kept.map(({ data }) => data.outboxId),
    numbers(16, 1000),
  );
});

test('rows that nobody needs any more are removed by the worker', async (context) => {
  await database.use((session) =>
    session.change(
      `insert into sessions (id, customer_id, data, created_at, expires_at)
       values ('an old one', 1, '', utc_timestamp(3), utc_timestamp(3) - interval 1 second)`,
    ),
  );
  const worker = await startTestWorker({ PRUNE_INTERVAL_MS: '100' });
  context.after(() => worker.stop());
  await until('it is gone', async () => {
    const left = await database.use((session) =>
      session.rows(`select id from sessions where id = 'an old one'`),
    );
    return left.length === 0;
  });
});

async function toldToCaches(): Promise<string[][]> {
  const rows = await database.use((session) =>
    session.rows<{ payload: string }>(`select payload from outbox where kind = 'invalidation'`),
  );
  return rows.map(({ payload }) => JSON.parse(payload).tags);
}

function countLetters(): Promise<number> {
  return withQueues(({ 'dead-letters': letters }) => letters.getWaitingCount());
}
