import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { leaveInOutbox } from '@dyno/api/jobs/outbox';
import { FaultyServer } from '@dyno/api/testing/faultyServer';
import { testServers } from '@dyno/api/testing/servers';
import { startMail } from './testing/mailServer.ts';
import { addDirectly, countJobs } from './testing/queues.ts';
import {
  ended,
  fateOf,
  forgetQueues,
  jobOfRow,
  leaveEmail,
  outboxStates,
  ownWorkDatabase,
  readiness,
  startTestWorker,
  until,
} from './testing/work.ts';

const database = ownWorkDatabase();

describe('Redis', () => {
  test('away when the work came: it waits in the outbox, and is done once when Redis is there', async (context) => {
    const [mail, redis] = [await startMail(context), await FaultyServer.before(testServers().redisUrl)];
    const worker = await startTestWorker({ SMTP_URL: mail.url, REDIS_URL: redis.url });
    context.after(async () => {
      await worker.stop();
      await redis.shut();
    });
    await redis.shut();
    const ids = [await leaveEmail(database), await leaveEmail(database)];
    await until('the worker is not ready', async () => (await readiness(worker.port)) === 503);
    for (const id of ids) assert.equal((await fateOf(database, id)).outbox, 'waiting');
    await redis.open();
    for (const id of ids) await ended(database, id);
    assert.deepEqual(
      ids.map((id) => mail.count(id)),
      [1, 1],
    );
    await until('the worker is ready', async () => (await readiness(worker.port)) === 200);
  });

  test('that loses everything is given the unfinished work again, and nothing is done twice', async (context) => {
    const [mail, redis] = [await startMail(context), await FaultyServer.before(testServers().redisUrl)];
    const worker = await startTestWorker({
      SMTP_URL: mail.url,
      REDIS_URL: redis.url,
      WORKER_CONCURRENCY: '1',
    });
    context.after(async () => {
      await worker.stop();
      await redis.shut();
    });
    mail.hold = 'before the text';
    const ids = await Promise.all([leaveEmail(database), leaveEmail(database), leaveEmail(database)]);
    await until('one is under way', () => mail.holding > 0);
    await until('the others are queued', async () =>
      (await outboxStates(database, ids)).every((state) => state === 'queued'),
    );
    await redis.shut();
    await forgetQueues();
    mail.release();
    await redis.open();
    for (const id of ids) await ended(database, id);
    assert.deepEqual(
      ids.map((id) => mail.count(id)),
      [1, 1, 1],
    );
  });

  test('that was given a job by a relay that died before it noted so: the job is done once', async (context) => {
    const mail = await startMail(context);
    const id = await leaveEmail(database);
    const { jobId, data } = await jobOfRow(database, id);
    await addDirectly(data, [jobId]);
    const worker = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => worker.stop());
    await ended(database, id);
    const next = await leaveEmail(database);
    await ended(database, next);
    assert.equal(mail.count(id), 1);
  });

  test('that knows the numbers of a database that was filled anew: its jobs are done all the same', async (context) => {
    const mail = await startMail(context);
    const worker = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => worker.stop());
    const before = await leaveEmail(database);
    await ended(database, before);
    await database.use(async (session) => {
      await session.change('delete from emails');
      await session.change('truncate table outbox');
      await session.change(`alter table outbox auto_increment = ${before}`);
    });
    const after = await leaveEmail(database);
    assert.equal(after, before);
    await ended(database, after);
    assert.equal(mail.count(after), 2);
  });

  test('that still has work of another database: the row that has its number now is left alone', async (context) => {
    // Nobody queues imports here, nor takes it for abandoned, so that it is there for as long as this takes.
    const id = await database.transaction((session) => leaveInOutbox(session, 'import', { importId: 0 }));
    await addDirectly({ outboxId: id, createdMs: 0 }, ['of another database']);
    const worker = await startTestWorker({
      SHOP_OPTIMIZATIONS: 'connection-pool,queued-email',
      JOB_LEASE_MS: '600000',
    });
    context.after(() => worker.stop());
    await until('the job is over', async () => (await countJobs('emails')) === 0);
    assert.deepEqual(await outboxStates(database, [id]), ['waiting']);
  });
});
