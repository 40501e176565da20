import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Database } from '@dyno/api/db/database';
import { MailServer } from './testing/mailServer.ts';
import {
  emptyWork,
  ended,
  fateOf,
  leaveEmail,
  openWorkDatabase,
  seedWorkDatabase,
  startTestWorker,
} from './testing/work.ts';

let database: Database;
let mail: MailServer;
before(async () => {
  await seedWorkDatabase();
  database = openWorkDatabase();
});
after(() => database.close());
beforeEach(async (context) => {
  await emptyWork(database);
  mail = await MailServer.start();
  if ('after' in context) context.after(() => mail.close());
});

describe('an e-mail', () => {
  test('left in the outbox is sent once, with the row as its Message-ID', async (context) => {
    const worker = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => worker.stop());
    const id = await leaveEmail(database, 'ada@shop.invalid');
    await ended(database, id);
    assert.deepEqual(await fateOf(database, id), { outbox: 'done', reason: null, email: 'sent' });
    assert.deepEqual(
      mail.received.map(({ messageId, to }) => ({ messageId, to })),
      [{ messageId: `<${id}@shop.invalid>`, to: 'ada@shop.invalid' }],
    );
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
      else assert.match(fate.reason ?? '', reason);
    });
  }
});
