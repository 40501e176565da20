import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import mysql2, { type RowDataPacket } from 'mysql2/promise';
import { livingOf } from '../run/processes.ts';
import { projectFolder } from '../settings.ts';
import { ensurePart } from './native.ts';
import { parts } from './parts.ts';
import { searchFolders } from './search.ts';
import { ensureSecrets, readSecrets } from './secrets.ts';
import { takeStackLock } from './stackLock.ts';
import { bench, freePorts } from './testing.ts';
import type { Work } from './work.ts';

/** A home of its own and free ports; programs and configuration are this checkout's. */
async function place(t: TestContext): Promise<{ work: Work; home: string }> {
  const { work } = await bench(t);
  const [mysql = 0, redis = 0] = await freePorts(2);
  const settings = {
    ...work.settings,
    project: projectFolder,
    ports: { ...work.settings.ports, mysql, redis },
  };
  return { work: { ...work, settings, folders: searchFolders() }, home: settings.home };
}

test('a part answers with its password only, is reused, and stopped by whoever started it', async (t) => {
  const { work, home } = await place(t);
  const secrets = await ensureSecrets(work.settings);
  const first = await ensurePart(parts.redis, work, secrets);
  const [pid] = first.pids();
  const again = await ensurePart(parts.redis, work, secrets);
  assert.deepEqual(again.pids(), [pid]);
  assert.equal(again.stop, null);
  const foreign = { ...secrets, redisPassword: 'another password' };
  await assert.rejects(parts.redis.answer(work.settings, foreign), /WRONGPASS|auth/i);
  await first.stop?.();
  assert.deepEqual(await livingOf(home, 'stack'), []);
});

test('a taken port is refused before anything is started, naming who has it', async (t) => {
  const { work, home } = await place(t);
  const server = createServer().listen(work.settings.ports.redis, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const secrets = await ensureSecrets(work.settings);
  await assert.rejects(
    ensurePart(parts.redis, work, secrets),
    new RegExp(
      `Port ${work.settings.ports.redis} \\(redis\\) is taken by process ${process.pid} .*DYNO_PORT__REDIS`,
    ),
  );
  assert.deepEqual(await livingOf(home, 'stack'), []);
});

test('a part that dies while it starts is told with its own last words', async (t) => {
  const { work } = await place(t);
  const secrets = await ensureSecrets(work.settings);
  const broken = { ...parts.redis, command: () => ({ args: ['--no-such-option', 'x'], env: {} }) };
  await assert.rejects(ensurePart(broken, work, secrets), (error: Error) => {
    assert.match(error.message, /Redis ended while it started/);
    assert.match(error.message, /FATAL CONFIG FILE ERROR/);
    assert.match(error.message, /redis\.log/);
    return true;
  });
});

test('a data directory whose making was interrupted is made again; a finished one is kept', async (t) => {
  const { work, home } = await place(t);
  const secrets = await ensureSecrets(work.settings);
  const interrupted = new AbortController();
  const during: Work = {
    ...work,
    signal: interrupted.signal,
    tell: ({ detail }) => detail.startsWith('preparing') && interrupted.abort(new Error('interrupted')),
  };
  await assert.rejects(ensurePart(parts.mysql, during, secrets), /interrupted/);
  assert.deepEqual(
    (await readdir(home)).filter((name) => name === 'mysql'),
    [],
  );

  const first = await ensurePart(parts.mysql, work, secrets);
  const made = await stat(join(home, 'mysql'));
  await first.stop?.();
  const second = await ensurePart(parts.mysql, work, secrets);
  await second.stop?.();
  assert.equal((await stat(join(home, 'mysql'))).ino, made.ino);
});

test('a lost secrets.json costs nothing: the next start gives the new password to the old data', async (t) => {
  const { work, home } = await place(t);
  const first = await ensurePart(parts.mysql, work, await ensureSecrets(work.settings));
  await first.stop?.();
  await rm(join(home, 'secrets.json'));
  const second = await ensurePart(parts.mysql, work, await ensureSecrets(work.settings));
  assert.match(second.version, /^\d+\.\d+/);
  await second.stop?.();
});

test('temporary tables lie in a folder of the server alone, where no other one sweeps them away', async (t) => {
  const { work, home } = await place(t);
  const secrets = await ensureSecrets(work.settings);
  const { stop } = await ensurePart(parts.mysql, work, secrets);
  t.after(() => stop?.());
  const connection = await mysql2.createConnection({
    host: '127.0.0.1',
    port: work.settings.ports.mysql,
    user: 'dyno',
    password: secrets.mysqlPassword,
  });
  try {
    const [rows] = await connection.query<RowDataPacket[]>('select @@tmpdir as folder');
    assert.equal(rows[0]?.folder, join(home, 'mysql-temporary'));
  } finally {
    await connection.end();
  }
});

test('secrets are this user’s alone and stay the same', async (t) => {
  const { work, home } = await place(t);
  const [one, other] = await Promise.all([ensureSecrets(work.settings), ensureSecrets(work.settings)]);
  assert.deepEqual(one, other);
  assert.deepEqual(await readSecrets(work.settings), one);
  assert.equal((await stat(join(home, 'secrets.json'))).mode & 0o777, 0o600);
});

test('passwords stand in no command line', async (t) => {
  const { work } = await place(t);
  const secrets = await ensureSecrets(work.settings);
  const running = await ensurePart(parts.redis, work, secrets);
  const lines = await Promise.all(running.pids().map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  assert.ok(lines.every((line) => !line.includes(secrets.redisPassword)));
  await running.stop?.();
});

test('a second start in the same home waits for the first', async (t) => {
  const { work, home } = await place(t);
  const first = await takeStackLock(home, work.signal, () => {});
  const waiting = Promise.withResolvers<void>();
  const second = takeStackLock(home, work.signal, waiting.resolve);
  await waiting.promise;
  first.release();
  (await second).release();
});
