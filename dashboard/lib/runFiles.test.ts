import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  latestRunId,
  RunFileError,
  readRunFile,
  readRunFileSync,
  realResultsFolder,
  runIds,
} from './runFiles.ts';

let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dyno-run-files-'));
  const results = join(folder, 'results');
  process.env.DYNO_RESULTS = results;
  await mkdir(join(results, 'good/traces'), { recursive: true });
  await mkdir(join(folder, 'outside'));
  await writeFile(join(folder, 'outside/report.json'), 'secret');
  await writeFile(join(results, 'good/report.json'), '{}');
  await writeFile(join(results, 'good/traces/a.json'), '[]');
  await writeFile(join(results, 'report.json'), 'not in a run');
  await symlink(join(folder, 'outside/report.json'), join(results, 'good/plan.json'));
  await symlink(join(folder, 'outside'), join(results, 'good/profiles'));
  await symlink(join(folder, 'outside'), join(results, 'linked'));
  await symlink('good', join(results, 'latest'));
  await link(join(folder, 'outside/report.json'), join(results, 'good/metrics.json'));
  await mkdir(join(results, 'good/timeline.json'));
  execFileSync('mkfifo', [join(results, 'good/evidence.json')]);
  await writeFile(join(results, 'good/environment.json'), '');
  await truncate(join(results, 'good/environment.json'), 2 ** 31);
});
after(() => rm(folder, { recursive: true, force: true }));

test('files of a run are read, whatever folder of it they are in', async () => {
  assert.equal(await readRunFile('good', 'report.json', 100), '{}');
  assert.equal(await readRunFile('good', 'traces/a.json', 100), '[]');
});

const refused: [what: string, id: string, path: string, kind: RunFileError['kind']][] = [
  ['a link to a file', 'good', 'plan.json', 'refused'],
  ['a link to a folder', 'good', 'profiles/report.json', 'refused'],
  ['a run that is a link', 'linked', 'report.json', 'refused'],
  ['the latest link', 'latest', 'report.json', 'refused'],
  ['a hard link', 'good', 'metrics.json', 'refused'],
  ['a folder', 'good', 'timeline.json', 'refused'],
  ['a pipe', 'good', 'evidence.json', 'refused'],
  ['a huge file', 'good', 'environment.json', 'too-large'],
  ['a way up', 'good', '../report.json', 'refused'],
  ['an encoded way up', 'good', '..%2freport.json', 'refused'],
  ['a way up in the id', '..', 'outside/report.json', 'refused'],
  ['an absolute path', 'good', '/etc/passwd', 'refused'],
  ['a NUL', 'good', 'report.json\0.md', 'refused'],
  ['an empty path', 'good', '', 'refused'],
  ['a missing file', 'good', 'report.md', 'absent'],
  ['a missing run', 'gone', 'report.json', 'absent'],
];
for (const [what, id, path, kind] of refused)
  test(`${what} is not read: ${kind}`, async () => {
    const isRefused = (error: unknown) => error instanceof RunFileError && error.kind === kind;
    await assert.rejects(readRunFile(id, path, 1000), isRefused);
    assert.throws(() => readRunFileSync(realResultsFolder() ?? '', id, path, 1000), isRefused);
  });

test('only real folders with the name of a run are runs, and latest is one of them', async () => {
  assert.deepEqual(await runIds(), ['good']);
  assert.equal(await latestRunId(), 'good');
});
