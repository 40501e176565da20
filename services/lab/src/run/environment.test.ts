import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import { differences, readEnvironment, readWorkTrees } from './environment.ts';

const stack = { kind: 'native' as const, versions: { k6: '2.2.0' } };

test('a work tree that was changed in another way is named', async (t) => {
  const { folder, read } = checkout(t);
  const clean = await read();
  assert.deepEqual(differences(clean, await read()), []);
  appendFileSync(join(folder, 'server.js'), '// one way\n');
  const oneWay = await read();
  assert.match(differences(clean, oneWay).join(), /^git work tree was clean, is changed \([0-9a-f]{12}\)$/);
  assert.deepEqual(differences(oneWay, await read()), []);
  appendFileSync(join(folder, 'server.js'), '// another way\n');
  assert.match(differences(oneWay, await read()).join(), /work tree was changed \(.*\), is changed \(/);
  git(folder, 'commit', '--quiet', '--all', '--message', 'both');
  assert.match(
    differences(oneWay, await read()).join(),
    /git commit was .*work tree was changed .*is clean/s,
  );
});

test('files that git does not know count, ignored ones do not', async (t) => {
  const { folder, read } = checkout(t);
  const clean = await read();
  mkdirSync(join(folder, 'results'));
  writeFileSync(join(folder, 'results/1'), 'ignored');
  assert.deepEqual(differences(clean, await read()), []);
  writeFileSync(join(folder, 'new.js'), '1');
  symlinkSync('nowhere', join(folder, 'link'));
  const one = await read();
  assert.match(differences(clean, one).join(), /work tree was clean, is changed/);
  writeFileSync(join(folder, 'new.js'), '2');
  assert.match(differences(one, await read()).join(), /work tree was changed/);
});

test('a folder that is no checkout has no work tree to differ', async (t) => {
  const { folder, read } = checkout(t);
  rmSync(join(folder, '.git'), { recursive: true });
  assert.equal((await read()).git, null);
});

test('nothing of the repository runs while it is looked at', async (t) => {
  const { folder, read } = checkout(t);
  const touched = join(folder, 'results-touched');
  git(folder, 'config', 'diff.external', `touch ${touched}`);
  git(folder, 'config', 'core.fsmonitor', `touch ${touched}`);
  const before = await read();
  appendFileSync(join(folder, 'server.js'), '// changed\n');
  const after = await read();
  assert.equal(before.git?.dirty, false);
  assert.equal(after.git?.dirty, true);
  assert.doesNotMatch(git(folder, 'ls-files', '--others'), /results-touched/);
});

test('the work tree of a measured service counts, with what Dyno writes into it left out', async (t) => {
  const dyno = checkout(t);
  const { folder } = checkout(t);
  mkdirSync(join(folder, 'api'));
  writeFileSync(join(folder, 'api/handler.js'), '1');
  const own = join(folder, 'measured');
  const plan = { blocks: { min: 2, max: 2 }, warmupSeconds: 1, windowSeconds: 1 };
  const experiment = experimentSchema.parse({
    name: 'api',
    title: 'api',
    service: { name: 'api', command: ['node', 'handler.js'], cwd: join(folder, 'api') },
    load: { requests: [{ target: '/' }], vus: 1 },
    baseline: { name: 'one', ref: { name: 'main', commit: 'c', repository: dyno.folder }, cwd: '.' },
    candidates: [{ name: 'other' }, { name: 'own', cwd: dyno.folder }],
    plans: { quick: { ...plan, tracePassSeconds: 0, profilePassSeconds: 0 } },
  });
  const read = async () => {
    return { ...(await dyno.read()), workTrees: await readWorkTrees(dyno.folder, experiment, [own]) };
  };
  const before = await read();
  assert.deepEqual(Object.keys(before.workTrees), [folder]);
  mkdirSync(own);
  writeFileSync(join(own, 'plan.json'), '{}');
  assert.deepEqual(differences(before, await read()), []);
  appendFileSync(join(folder, 'api/handler.js'), '2');
  assert.match(
    differences(before, await read()).join(),
    /^work tree of .* was changed \(.*\), is changed \(/,
  );
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message', 'second');
  assert.match(differences(before, await read()).join(), /^commit of .* was [0-9a-f]+, is /);
});

function checkout(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-environment-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{"version":"1.2.3"}');
  writeFileSync(join(folder, 'server.js'), 'listen();\n');
  writeFileSync(join(folder, '.gitignore'), 'results\n');
  git(folder, 'init', '--quiet');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message', 'first');
  return { folder, read: () => readEnvironment(folder, stack) };
}

function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'core.fsmonitor=false'];
  return execFileSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' });
}
