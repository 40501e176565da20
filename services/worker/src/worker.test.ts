import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import type { Database } from '@dyno/api/db/database';
import { leaveInOutbox } from '@dyno/api/jobs/outbox';
import { FaultyServer } from '@dyno/api/testing/faultyServer';
import { testServers } from '@dyno/api/testing/servers';
import { jobIdOf, openQueues } from './queues.ts';
import { queueTelemetry } from './telemetry.ts';
import { MailServer } from './testing/mailServer.ts';
import { type Program, startProgram } from './testing/program.ts';
import {
  emptyWork,
  ended,
  fateOf,
  forgetQueues,
  leaveEmail,
  openWorkDatabase,
  seedWorkDatabase,
  startTestWorker,
  until,
  workDatabase,
} from './testing/work.ts';

let database: Database;
before(async () => {
  await seedWorkDatabase();
  database = openWorkDatabase();
});
after(() => database.close());
beforeEach(() => emptyWork(database));

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
      (await outboxStates(ids)).every((state) => state === 'queued'),
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
    await addDirectly(id, [jobIdOf(id)]);
    const worker = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => worker.stop());
    await ended(database, id);
    const next = await leaveEmail(database);
    await ended(database, next);
    assert.equal(mail.count(id), 1);
  });
});

describe('a job', () => {
  test('that is delivered three times at once is done once', async (context) => {
    const mail = await startMail(context);
    const id = await leaveEmail(database);
    await database.use((session) => session.change(`update outbox set state = 'queued' where id = ?`, [id]));
    await addDirectly(id, ['one', 'two', 'three', jobIdOf(id)]);
    const workers = await Promise.all([1, 2, 3].map(() => startTestWorker({ SMTP_URL: mail.url })));
    context.after(() => Promise.all(workers.map((worker) => worker.stop())));
    await ended(database, id);
    await until('all deliveries are over', async () => (await countJobs('emails')) === 0);
    assert.equal(mail.count(id), 1);
    assert.equal((await fateOf(database, id)).email, 'sent');
  });

  const deaths: readonly {
    name: string;
    arrange(mail: MailServer, redis: FaultyServer): void;
    reached(mail: MailServer, id: number): Promise<boolean> | boolean;
    email: string;
    outbox: string;
  }[] = [
    {
      name: 'before the text went out is done by the next worker',
      arrange: (mail) => {
        mail.hold = 'before the text';
      },
      reached: (mail) => mail.holding === 1,
      email: 'sent',
      outbox: 'done',
    },
    {
      name: 'after the text and before the answer is a dead letter: nobody knows',
      arrange: (mail) => {
        mail.hold = 'after the text';
      },
      reached: (mail) => mail.holding === 1,
      email: 'unknown',
      outbox: 'failed',
    },
    {
      name: 'after the effect and before Redis knew of it is not done again',
      arrange: (mail) => {
        mail.hold = 'after the text';
      },
      reached: async (mail, id) => {
        if (mail.holding === 1) mail.release();
        return (await fateOf(database, id)).email === 'sent';
      },
      email: 'sent',
      outbox: 'done',
    },
  ];
  for (const { name, arrange, reached, email, outbox } of deaths) {
    test(`whose worker is killed ${name}`, async (context) => {
      const [mail, redis] = [await startMail(context), await FaultyServer.before(testServers().redisUrl)];
      context.after(() => redis.shut());
      arrange(mail, redis);
      const first = await startProgram({ SMTP_URL: mail.url, REDIS_URL: redis.url });
      const id = await leaveEmail(database);
      await until('it is under way', () => mail.holding === 1);
      // From here on Redis hears nothing of how it went.
      redis.hang();
      await until('that moment has come', () => reached(mail, id));
      await first.kill('SIGKILL');
      mail.release();
      const second = await startTestWorker({ SMTP_URL: mail.url });
      context.after(() => second.stop());
      await ended(database, id);
      await until('no job is left', async () => (await countJobs('emails')) === 0);
      assert.deepEqual(pick(await fateOf(database, id)), { outbox, email });
      assert.equal(mail.count(id), 1);
    });
  }
});

describe('poison', () => {
  const poisons: readonly { poison: string; reason: RegExp; whole?: true }[] = [
    { poison: 'throws', reason: /thrown on purpose/ },
    { poison: 'never ends', reason: /not done within 1000 ms/ },
    { poison: 'blocks the loop', reason: /stalled more than/ },
    { poison: 'runs out of memory', reason: /stalled more than/, whole: true },
    { poison: 'kills', reason: /stalled more than/, whole: true },
  ];

  test('ends as dead letters with input and reason, and the other work is done', async (context) => {
    const mail = await startMail(context);
    const chosen = poisons.filter(({ whole }) => whole === undefined || process.env.FAULTS === 'whole');
    const harmful = await Promise.all(
      chosen.map(async (one) => ({ ...one, id: await leavePoison(one.poison) })),
    );
    const harmless = await Promise.all([leavePoison('none'), leavePoison('none')]);
    supervise(context, {
      SMTP_URL: mail.url,
      WATCHDOG_MS: '500',
      JOB_DEADLINE_MS: '1000',
      NODE_OPTIONS: '--max-old-space-size=64',
    });
    for (const { poison, reason, id } of harmful) {
      await ended(database, id, 60_000);
      const fate = await fateOf(database, id);
      assert.equal(fate.outbox, 'failed');
      assert.match(fate.reason ?? '', reason, poison);
      assert.deepEqual(await deadLetter(id), { input: { poison }, reason: fate.reason });
    }
    for (const id of harmless) await ended(database, id, 60_000);
    assert.deepEqual(await outboxStates(harmless), ['done', 'done']);
    const email = await leaveEmail(database);
    await ended(database, email, 60_000);
    assert.equal((await fateOf(database, email)).email, 'sent');
    assert.equal(mail.count(email), 1);
  });
});

describe('told to stop', () => {
  test('it ends by itself when nothing is to be done', async () => {
    const program = await startProgram();
    assert.deepEqual(await program.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal(program.errors(), '');
  });

  test('it finishes the job under way, and takes no other', async (context) => {
    const mail = await startMail(context);
    mail.hold = 'after the text';
    const program = await startProgram({
      SMTP_URL: mail.url,
      WORKER_CONCURRENCY: '1',
      WORKER_DRAIN_MS: '5000',
    });
    const [first, second] = [await leaveEmail(database), await leaveEmail(database)];
    await until('one is under way', () => mail.holding === 1);
    program.child.kill('SIGTERM');
    await until('it is not ready any more', async () => (await readiness(program.port)) === 503);
    mail.release();
    await program.exited;
    const states = [(await fateOf(database, first)).email, (await fateOf(database, second)).email];
    assert.deepEqual(states.sort(), ['queued', 'sent']);
  });

  test('at its deadline it gives back what will not end, and the next worker does it', async (context) => {
    const mail = await startMail(context);
    mail.hold = 'before the text';
    const program = await startProgram({ SMTP_URL: mail.url, WORKER_DRAIN_MS: '100' });
    const id = await leaveEmail(database);
    await until('it is under way', () => mail.holding === 1);
    assert.equal((await program.kill('SIGTERM')).code, 0);
    mail.release();
    const next = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => next.stop());
    await ended(database, id);
    assert.equal(mail.count(id), 1);
  });

  test('an event loop that was blocked for three times the lock has no double effect', async (context) => {
    const mail = await startMail(context);
    mail.hold = 'before the text';
    const program = await startProgram({ SMTP_URL: mail.url });
    const id = await leaveEmail(database);
    await until('it is under way', () => mail.holding === 1);
    program.child.kill('SIGSTOP');
    const other = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => other.stop());
    mail.hold = null;
    await ended(database, id);
    program.child.kill('SIGCONT');
    mail.release();
    assert.equal((await program.kill('SIGTERM')).code, 0);
    assert.equal(mail.count(id), 1);
    assert.equal((await fateOf(database, id)).email, 'sent');
  });
});

async function startMail(context: TestContext): Promise<MailServer> {
  const mail = await MailServer.start();
  context.after(() => mail.close());
  return mail;
}

function pick({ outbox, email }: { outbox: string; email: string | null }) {
  return { outbox, email };
}

async function outboxStates(ids: readonly number[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await fateOf(database, id)).outbox));
}

async function readiness(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
}

function leavePoison(poison: string): Promise<number> {
  return database.transaction((session) => leaveInOutbox(session, 'report', { poison }));
}

/** As Compose does: whoever ends is started again. */
function supervise(context: TestContext, environment: NodeJS.ProcessEnv): void {
  let stopped = false;
  let current: Program | null = null;
  const running = (async () => {
    while (!stopped) {
      // One that dies before it says that it works is one more death.
      current = await startProgram(environment, 'poisoned').catch(() => null);
      if (stopped) await current?.kill('SIGKILL');
      await current?.exited;
    }
  })();
  context.after(async () => {
    stopped = true;
    current?.child.kill('SIGKILL');
    await running;
  });
}

async function withQueues<Result>(
  work: (queues: ReturnType<typeof openQueues>['queues']) => Promise<Result>,
): Promise<Result> {
  const { queues, close } = openQueues({
    redisUrl: testServers().redisUrl,
    prefix: `${workDatabase}:jobs`,
    telemetry: queueTelemetry(),
  });
  try {
    await until('Redis answers', () =>
      queues.emails.getJobCounts('waiting').then(
        () => true,
        () => false,
      ),
    );
    return await work(queues);
  } finally {
    close();
  }
}

function addDirectly(outboxId: number, jobIds: readonly string[]): Promise<void> {
  return withQueues(async ({ emails }) => {
    for (const jobId of jobIds) await emails.add('email', { outboxId }, { jobId, attempts: 5 });
  });
}

function countJobs(queue: 'emails' | 'reports'): Promise<number> {
  return withQueues((queues) => queues[queue].getJobCountByTypes('waiting', 'active', 'delayed'));
}

function deadLetter(outboxId: number): Promise<{ input: unknown; reason: string }> {
  return withQueues(async (queues) => {
    let found: { input: unknown; reason: string } | undefined;
    await until('the dead letter is on the list', async () => {
      const jobs = await queues['dead-letters'].getJobs(['waiting']);
      found = jobs.map(({ data }) => data).find((data) => data.outboxId === outboxId);
      return found !== undefined;
    });
    if (found === undefined) throw new Error('not found');
    return { input: found.input, reason: found.reason };
  });
}
