import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { composeUp } from './compose.ts';
import { bench, script } from './testing.ts';

const secrets = { mysqlPassword: 'a'.repeat(48), redisPassword: 'b'.repeat(48) };

/** A docker whose containers are one file; `up` makes it and ends as it is told. */
async function withDocker(t: TestContext, upEndsWith: number) {
  const { work, project } = await bench(t);
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
  return { work, isRunning: () => existsSync(running) };
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
