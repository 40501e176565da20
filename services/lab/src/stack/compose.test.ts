import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isPortName, projectFolder } from '../settings.ts';
import { composeUp } from './compose.ts';
import { ensureStack } from './stack.ts';
import { bench, freePorts, script } from './testing.ts';

const secrets = { mysqlPassword: 'a'.repeat(48), redisPassword: 'b'.repeat(48) };

/** A docker whose containers are one file; `up` makes it and ends as it is told. */
async function withDocker(t: TestContext, upEndsWith: number) {
  const { work, project, told } = await bench(t);
  const running = join(project, 'running');
  const folder = join(project, 'docker');
  await script(
    join(folder, 'docker'),
    [
      'case "$*" in',
      `*" up "*) : > ${running}; echo no such image; exit ${upEndsWith} ;;`,
      `*" down") rm ${running} ;;`,
      `"ps "*) [ -e ${running} ] && echo 0123abcd ;;`,
      '"inspect "*) echo 4711 ;;',
      'esac',
    ].join('\n'),
  );
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  t.after(() => {
    process.env.PATH = path;
  });
  return { work, told, isRunning: () => existsSync(running) };
}

test('containers that cannot all be started are taken down again, and the engine says why', async (t) => {
  const { work, isRunning } = await withDocker(t, 1);
  await assert.rejects(composeUp(work, secrets), /compose up ended with code 1\.\n.*no such image/);
  assert.equal(isRunning(), false);
});

test('containers that ran before are not what a start has started', async (t) => {
  const { work, isRunning } = await withDocker(t, 0);
  assert.equal(await composeUp(work, secrets), true);
  assert.equal(await composeUp(work, secrets), false);
  assert.equal(isRunning(), true);
});

test('where images are refused, auto goes on with native parts, and compose says so', async (t) => {
  const { work, told, isRunning } = await withDocker(t, 1);
  const ports = { ...work.settings.ports };
  const names = Object.keys(ports).filter(isPortName);
  for (const [index, port] of (await freePorts(names.length)).entries())
    ports[names[index] ?? 'redis'] = port;
  // A native start that gets as far as its ports.
  const server = createServer().listen(ports.redis, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const start = (stack: 'auto' | 'compose') =>
    ensureStack(
      { ...work.settings, project: projectFolder, ports, stack },
      { processes: work.processes, onProgress: work.tell, seed: false },
    );
  await assert.rejects(start('auto'), /\(redis\) is taken/);
  assert.ok(told.some(({ detail }) => /^no containers: compose up ended with code 1/.test(detail)));
  await assert.rejects(start('compose'), /compose up ended with code 1/);
  assert.equal(isRunning(), false);
});
