import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Mail } from '@dyno/api/jobs/mail';
import { performJob } from '@dyno/api/jobs/perform';
import { createLog } from '@dyno/api/log';
import { openJobs } from '@dyno/api/wiring/jobs';
import { readWorkerConfig } from './config.ts';
import { MailServer } from './testing/mailServer.ts';
import { deadLetter, withQueues } from './testing/queues.ts';
import {
  ended,
  fateOf,
  jobOfRow,
  leaveEmail,
  ownWorkDatabase,
  startTestWorker,
  until,
  workEnvironment,
} from './testing/work.ts';

const database = ownWorkDatabase();
let mail: MailServer;
beforeEach(async (context) => {
  mail = await MailServer.start();
  if ('after' in context) context.after(() => mail.close());
});

describe('an e-mail', () => {
  test('given to the same worker twice, the second time after its lease, is sent once', async (context) => {
    const { shop } = readWorkerConfig(workEnvironment({ JOB_LEASE_MS: '20' }));
    const { jobs, deps, close } = openJobs(shop, createLog(shop.logLevel));
    context.after(close);
    const id = await leaveEmail(database);
    let sent = 0;
    const signal = new AbortController().signal;
    const deliver = (atServer: { greets(): Promise<unknown>; takes(may: boolean): Promise<unknown> }) => {
      const send: Mail['send'] = async (_message, { mayBegin }) => {
        await atServer.greets();
        const may = await mayBegin();
        if (may) sent += 1;
        await atServer.takes(may);
        return may ? { kind: 'sent' } : { kind: 'not sent', reason: 'another has begun it' };
      };
      return performJob(jobs, { ...deps, signal, mail: { send } }, 'email', id);
    };
    const moment = () => Promise.withResolvers<void>();
    const [held, heldAgain, asked, over] = [moment(), moment(), moment(), moment()];
    const first = deliver({
      greets() {
        held.resolve();
        return heldAgain.promise;
      },
      takes(may) {
        asked.resolve();
        return may ? over.promise : Promise.resolve();
      },
    });
    await held.promise;
    await leaseEnded(id);
    const second = deliver({
      greets() {
        heldAgain.resolve();
        return asked.promise;
      },
      takes: () => Promise.resolve(),
    });
    second.then(over.resolve, over.resolve);
    await Promise.allSettled([first, second]);
    await deliver({ greets: () => Promise.resolve(), takes: () => Promise.resolve() });
    assert.equal(sent, 1);
    assert.equal((await fateOf(database, id)).email, 'sent');
  });

  test('that was refused is on the list of dead letters, also when its worker died before it said so', async (context) => {
    const { shop } = readWorkerConfig(workEnvironment({ SMTP_URL: mail.url }));
    const { jobs, deps, close } = openJobs(shop, createLog(shop.logLevel));
    context.after(close);
    mail.answer = { code: 550, at: 'recipient', times: 1 };
    const id = await leaveEmail(database);
    const signal = new AbortController().signal;
    await assert.rejects(performJob(jobs, { ...deps, signal }, 'email', id), /refused e-mail/);
    const next = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => next.stop());
    assert.match((await deadLetter(id)).reason, /was refused before/);
  });

  test('that fails again and again is tried again later and later', async (context) => {
    mail.answer = { code: 451, at: 'text', times: 7 };
    const firstMs = 100;
    const worker = await startTestWorker({ SMTP_URL: mail.url, JOB_RETRY_DELAY_MS: String(firstMs) });
    context.after(() => worker.stop());
    const id = await leaveEmail(database);
    const waits = new Map<number, number>();
    await withQueues(({ emails }) =>
      until('the fourth try is waited for', async () => {
        const job = await emails.getJob((await jobOfRow(database, id)).jobId);
        if (job !== undefined && job.delay > 0) waits.set(job.attemptsMade, job.delay);
        return [...waits.keys()].some((tries) => tries >= 4);
      }),
    );
    // Doubled each time, and up to a half less by chance, so that those who failed together do not come back together.
    for (const [tries, waitMs] of waits) {
      const mostMs = firstMs * 2 ** (tries - 1);
      assert.ok(waitMs >= mostMs / 2 && waitMs <= mostMs, `${waitMs} ms after ${tries} tries`);
    }
  });

  const dialogues: readonly {
    name: string;
    arrange(server: MailServer): void;
    email: string;
    comes: number;
    reason: RegExp | null;
  }[] = [
    {
      name: 'to a server that hangs up before the text is sent when it is back',
      arrange: (server) => {
        server.drop = { at: 'before the text', times: 2 };
      },
      email: 'sent',
      comes: 1,
      reason: null,
    },
    {
      name: 'to a server that hangs up after the text stays unknown and is not sent again',
      arrange: (server) => {
        server.drop = { at: 'after the text', times: 1 };
      },
      email: 'unknown',
      comes: 1,
      reason: /unknown.*not sent again by itself/,
    },
    {
      name: 'to a server that hangs up after its answer is sent',
      arrange: (server) => {
        server.drop = { at: 'after the answer', times: 1 };
      },
      email: 'sent',
      comes: 1,
      reason: null,
    },
    {
      name: 'to a server that says "later" is sent later',
      arrange: (server) => {
        server.answer = { code: 451, at: 'text', times: 2 };
      },
      email: 'sent',
      comes: 1,
      reason: null,
    },
    {
      name: 'whose recipient is refused is a dead letter at once',
      arrange: (server) => {
        server.answer = { code: 550, at: 'recipient', times: 1 };
      },
      email: 'failed',
      comes: 0,
      reason: /refused e-mail \d+: .*550/,
    },
  ];
  for (const { name, arrange, email, comes, reason } of dialogues) {
    test(name, async (context) => {
      arrange(mail);
      const worker = await startTestWorker({ SMTP_URL: mail.url });
      context.after(() => worker.stop());
      const id = await leaveEmail(database);
      await ended(database, id);
      const fate = await fateOf(database, id);
      assert.equal(fate.email, email);
      assert.equal(mail.count(id), comes);
      if (reason === null) assert.equal(fate.reason, null);
      else {
        assert.match(fate.reason ?? '', reason);
        // Where whoever looks at the board sees it.
        assert.deepEqual(await deadLetter(id), { input: { orderId: 1 }, reason: fate.reason });
      }
    });
  }
});

function leaseEnded(id: number): Promise<void> {
  return until(`e-mail ${id} is held by nobody any more`, () =>
    database.use(async (session) => {
      const rows = await session.rows('select id from emails where id = ? and until < utc_timestamp(3)', [
        id,
      ]);
      return rows.length === 1;
    }),
  );
}
