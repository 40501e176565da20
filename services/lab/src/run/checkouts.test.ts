import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { removeCheckouts, sweepCheckouts } from './checkouts.ts';
import { readProcess } from './proc.ts';

test('git forgets a worktree, also one that it does not recognize any more', async (t) => {
  const { home, repository } = place(t);
  const run = join(home, 'checkouts/a-run');
  mkdirSync(run, { recursive: true });
  writeFileSync(
    join(run, 'owner.json'),
    JSON.stringify({ pid: 0, startTime: 0, repositories: [repository] }),
  );
  for (const name of ['whole', 'broken']) git(repository, 'worktree', 'add', '--detach', join(run, name));
  rmSync(join(run, 'broken/.git'));
  assert.match(git(repository, 'worktree', 'list'), /broken/);
  await removeCheckouts(home, 'a-run');
  assert.equal(existsSync(run), false);
  assert.equal(git(repository, 'worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 1);
});

test('what was killed before its checkouts got their name is swept, what is being made is not', async (t) => {
  const { home } = place(t);
  const folder = (name: string) => join(home, 'checkouts', name);
  const long = new Date(Date.now() - 3_600_000);
  for (const name of ['.old', '.new', '.dead', '.living']) mkdirSync(folder(name), { recursive: true });
  const own = { pid: process.pid, startTime: readProcess(process.pid)?.startTime ?? 0, repositories: [] };
  writeFileSync(join(folder('.dead'), 'owner.json'), JSON.stringify({ ...own, startTime: 1 }));
  writeFileSync(join(folder('.living'), 'owner.json'), JSON.stringify(own));
  for (const name of ['.old', '.living']) utimesSync(folder(name), long, long);
  assert.deepEqual(await sweepCheckouts(home), []);
  assert.deepEqual(
    ['.old', '.new', '.dead', '.living'].filter((name) => existsSync(folder(name))),
    ['.new', '.living'],
  );
});

function place(t: TestContext): { home: string; repository: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dyno-checkouts-')));
  t.after(() => rmSync(folder, { recursive: true }));
  const repository = join(folder, 'repository');
  mkdirSync(repository);
  writeFileSync(join(repository, 'server.js'), '');
  git(repository, 'init', '--quiet');
  git(repository, 'add', '.');
  git(repository, 'commit', '--quiet', '--message', 'first');
  return { home: join(folder, 'home'), repository };
}

function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...who, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
