import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConfigError } from '@dyno/api/config';
import { testServers } from '@dyno/api/testing/servers';
import { readWorkerConfig } from './config.ts';
import { seedWorkDatabase, startTestWorker } from './testing/work.ts';
import type { ShopWorker } from './worker.ts';

const password = 'told to nobody';
let worker: ShopWorker;
let url: string;
before(async () => {
  await seedWorkDatabase();
  worker = await startTestWorker({ BOARD_PASSWORD: password });
  url = `http://127.0.0.1:${worker.port}`;
});
after(() => worker.stop());

test('it says that it lives, and that it is ready with database and queue', async () => {
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  const ready = await fetch(`${url}/readyz`);
  assert.deepEqual(await ready.json(), { status: 'ready', parts: ['database', 'queue'] });
  const unknown = await fetch(`${url}/unknown`);
  assert.equal(unknown.status, 404);
  assert.equal(unknown.headers.get('content-type'), 'application/problem+json');
});

describe('the board', () => {
  const right = { authorization: basic(`board:${password}`) };
  const refused: readonly { name: string; headers: Record<string, string> }[] = [
    { name: 'without a password', headers: {} },
    { name: 'with a wrong one', headers: { authorization: basic('board:board') } },
    { name: 'as somebody else', headers: { authorization: basic(`admin:${password}`) } },
    { name: 'with something else', headers: { authorization: `Bearer ${password}` } },
  ];
  for (const path of [
    '/board',
    '/board/',
    '/board/api/queues',
    '/board/static/favicon.ico',
    '/BOARD/api/queues',
  ]) {
    for (const { name, headers } of refused) {
      test(`${path} is not shown ${name}`, async () => {
        const answer = await fetch(url + path, { headers });
        assert.ok([401, 404].includes(answer.status), String(answer.status));
        assert.doesNotMatch(await answer.text(), /emails/);
      });
    }
  }

  test('is shown to whoever knows the password, with every queue and the dead letters', async () => {
    const page = await fetch(`${url}/board`, { headers: right });
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /text\/html/);
    const answer = await fetch(`${url}/board/api/queues`, { headers: right });
    const { queues } = (await answer.json()) as { queues: { name: string }[] };
    assert.deepEqual(queues.map(({ name }) => name).sort(), [
      'cache-warming',
      'dead-letters',
      'emails',
      'imports',
      'invalidation',
      'pruning',
      'reports',
    ]);
  });

  test('does nothing for a page of somebody else, though the browser sends the password', async () => {
    const pause = (origin: Record<string, string>) =>
      fetch(`${url}/board/api/queues/reports/pause`, { method: 'PUT', headers: { ...right, ...origin } });
    assert.equal((await pause({ origin: 'http://evil.example' })).status, 403);
    assert.equal((await pause({ origin: 'null' })).status, 403);
    assert.equal((await pause({})).status, 403);
    assert.equal((await pause({ origin: url })).status, 200);
    const resumed = await fetch(`${url}/board/api/queues/reports/resume`, {
      method: 'PUT',
      headers: { ...right, origin: url },
    });
    assert.equal(resumed.status, 200);
  });

  test('is not there in production without a password, and never with that of the demonstration', () => {
    const { mysqlUrl, redisUrl } = testServers();
    const production = {
      MYSQL_URL: mysqlUrl,
      REDIS_URL: redisUrl,
      NODE_ENV: 'production',
      JWT_SECRET: 'a'.repeat(40),
      SESSION_SECRET: 'b'.repeat(40),
    };
    assert.equal(readWorkerConfig(production).boardPassword, null);
    assert.equal(readWorkerConfig({ ...production, BOARD_PASSWORD: '' }).boardPassword, null);
    assert.equal(readWorkerConfig({ ...production, BOARD_PASSWORD: 'mine' }).boardPassword, 'mine');
    assert.throws(
      () => readWorkerConfig({ ...production, BOARD_PASSWORD: 'board' }),
      (error) => error instanceof ConfigError && /BOARD_PASSWORD/.test(error.message),
    );
  });
});

test('all bad variables are named at once, the service’s and ours', () => {
  assert.throws(
    () => readWorkerConfig({ PORT: 'x', WORKER_PORT: 'y', JOB_LOCK_MS: '0' }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      for (const name of ['MYSQL_URL', 'PORT', 'WORKER_PORT', 'JOB_LOCK_MS']) {
        assert.match(error.message, new RegExp(`^ {2}${name}:`, 'm'));
      }
      return true;
    },
  );
  assert.throws(() => readWorkerConfig({ MYSQL_URL: 'mysql://x' }), /REDIS_URL: the queues need it/);
});

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
