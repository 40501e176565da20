import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FaultyServer } from '@dyno/api/testing/faultyServer';
import { testServers } from '@dyno/api/testing/servers';
import { startMail } from './testing/mailServer.ts';
import { startProgram } from './testing/program.ts';
import {
  ended,
  fateOf,
  leaveEmail,
  ownWorkDatabase,
  readiness,
  startTestWorker,
  until,
} from './testing/work.ts';

const database = ownWorkDatabase();

describe('told to stop', () => {
  test('it ends by itself when nothing is to be done', async (context) => {
    const program = await startProgram();
    context.after(() => program.child.kill('SIGKILL'));
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
    context.after(() => program.child.kill('SIGKILL'));
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
    context.after(() => program.child.kill('SIGKILL'));
    const id = await leaveEmail(database);
    await until('it is under way', () => mail.holding === 1);
    assert.equal((await program.kill('SIGTERM')).code, 0);
    mail.release();
    const next = await startTestWorker({ SMTP_URL: mail.url });
    context.after(() => next.stop());
    await ended(database, id);
    assert.equal(mail.count(id), 1);
  });

  test('it ends though Redis is away', async (context) => {
    const redis = await FaultyServer.before(testServers().redisUrl);
    const program = await startProgram({ REDIS_URL: redis.url, WORKER_DRAIN_MS: '100' });
    context.after(() => program.child.kill('SIGKILL'));
    await until('the worker is ready', async () => (await readiness(program.port)) === 200);
    await redis.shut();
    await until('the worker is not ready', async () => (await readiness(program.port)) === 503);
    assert.deepEqual(await program.kill('SIGTERM'), { code: 0, signal: null });
  });

  test('an event loop that was blocked for three times the lock has no double effect', async (context) => {
    const mail = await startMail(context);
    mail.hold = 'before the text';
    const program = await startProgram({ SMTP_URL: mail.url });
    context.after(() => program.child.kill('SIGKILL'));
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
