import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { leaveInOutbox } from '@dyno/api/jobs/outbox';
import { FaultyServer } from '@dyno/api/testing/faultyServer';
import { testServers } from '@dyno/api/testing/servers';
import { type MailServer, startMail } from './testing/mailServer.ts';
import { type Program, startProgram } from './testing/program.ts';
import { addDirectly, countJobs, deadLetter } from './testing/queues.ts';
import {
  ended,
  fateOf,
  jobOfRow,
  leaveEmail,
  outboxStates,
  ownWorkDatabase,
  startTestWorker,
  until,
} from './testing/work.ts';

const database = ownWorkDatabase();

describe('a job', () => {
  test('that is delivered three times at once is done once', async (context) => {
    const mail = await startMail(context);
    const id = await leaveEmail(database);
    await database.use((session) => session.change(`update outbox set state = 'queued' where id = ?`, [id]));
    const { jobId, data } = await jobOfRow(database, id);
    await addDirectly(data, ['one', 'two', 'three', jobId]);
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
      context.after(() => first.child.kill('SIGKILL'));
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
      await ended(database, id, 180_000);
      const fate = await fateOf(database, id);
      assert.equal(fate.outbox, 'failed');
      assert.match(fate.reason ?? '', reason, poison);
      assert.deepEqual(await deadLetter(id), { input: { poison }, reason: fate.reason });
    }
    for (const id of harmless) await ended(database, id, 180_000);
    assert.deepEqual(await outboxStates(database, harmless), ['done', 'done']);
    const email = await leaveEmail(database);
    await ended(database, email, 180_000);
    assert.equal((await fateOf(database, email)).email, 'sent');
    assert.equal(mail.count(email), 1);
  });
});

function pick({ outbox, email }: { outbox: string; email: string | null }) {
  return { outbox, email };
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
