import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { finishRun, writeListedRun, writeOlderRun, writeStartedRun } from '../../tests/runFolders.ts';
import { readQuery } from './addressQuery.ts';
import { runSummaries, runSummary } from './runIndex.ts';
import { listRuns, type RunsQuery, runsAddress, runsQuerySchema } from './runList.ts';

/** No pid is as large. */
const deadPid = 2 ** 22 + 1;
let results = '';

before(async () => {
  results = await mkdtemp(join(tmpdir(), 'dyno-run-list-'));
  process.env.DYNO_RESULTS = results;
  const days = ['01', '02', '03', '04'].map((day) => new Date(2026, 10, Number(day), 23, 59).toISOString());
  const [first = '', second = '', third = '', fourth = ''] = days;
  await writeListedRun(results, { id: 'a-improved', createdAt: first });
  await writeListedRun(results, { id: 'b-regressed', verdict: 'regressed', ratio: 1.4, createdAt: second });
  await writeListedRun(results, {
    id: 'c-improved',
    experiment: 'search',
    title: 'Find a Needle',
    createdAt: third,
  });
  await writeListedRun(results, {
    id: 'd-invalid',
    experiment: 'search',
    verdict: 'invalid',
    createdAt: fourth,
  });
  const stopped = { state: 'interrupted', pid: deadPid } as const;
  await writeStartedRun(results, { id: 'e-stopped', createdAt: first, rounds: 2, progress: stopped });
  await writeStartedRun(results, { id: 'f-running', createdAt: first, rounds: 2, progress: {} });
  await writeOlderRun(results, 'g-older');
});
after(() => rm(results, { recursive: true, force: true }));

const found: [asked: Partial<Record<keyof RunsQuery, string>>, ids: string[]][] = [
  [{}, ['d-invalid', 'c-improved', 'b-regressed', 'e-stopped', 'a-improved', 'g-older']],
  [{ q: 'needle' }, ['c-improved']],
  [{ q: '  Find NEEDLE ' }, ['c-improved']],
  [{ q: 'find nothing' }, []],
  [{ q: 'b-reg' }, ['b-regressed']],
  [{ experiment: 'search' }, ['d-invalid', 'c-improved']],
  [{ verdict: 'improved' }, ['c-improved', 'a-improved']],
  [{ verdict: 'interrupted' }, ['e-stopped']],
  [{ verdict: 'older' }, ['g-older']],
  [{ experiment: 'search', verdict: 'invalid' }, ['d-invalid']],
  [{ since: '2026-11-03' }, ['d-invalid', 'c-improved']],
  [{ since: '2026-11-02', until: '2026-11-03' }, ['c-improved', 'b-regressed']],
  [{ from: '4' }, ['a-improved', 'g-older']],
];
for (const [asked, ids] of found)
  test(`${JSON.stringify(asked)} finds ${ids.length} runs`, async () => {
    const { state, notes } = readQuery(runsQuerySchema, asked);
    assert.deepEqual(notes, []);
    const list = await listRuns(state, 50);
    assert.deepEqual(
      list.runs.map(({ id }) => id),
      ids,
    );
    // Whatever is asked, what is under way is said.
    assert.deepEqual(
      list.running.map(({ id }) => id),
      ['f-running'],
    );
  });

test('each filter says how many runs it would find beside the others', async () => {
  const list = await listRuns(runsQuerySchema.parse({ experiment: 'search' }), 50);
  assert.deepEqual(list.outcomes, [
    { name: 'improved', runs: 1 },
    { name: 'invalid', runs: 1 },
  ]);
  assert.deepEqual(list.experiments, [
    { name: 'products', runs: 3 },
    { name: 'search', runs: 2 },
  ]);
  assert.deepEqual([list.matching, list.total], [2, 7]);
});

test('what the address says and nobody knows is left out, and said', () => {
  const { state, notes } = readQuery(runsQuerySchema, {
    verdict: 'better',
    since: '2026-02-30',
    experiment: '../x',
    from: '-1',
    until: '',
    q: ['two', 'times'],
    other: 'x',
  });
  assert.deepEqual(state, { q: 'two', experiment: '', verdict: '', since: '', until: '', from: 0 });
  assert.equal(notes.length, 4);
  assert.match(notes.join(), /verdict=better was left out: known: improved, /);
  assert.match(notes.join(), /since=2026-02-30 was left out: a day, as /);
});

test('an address keeps the other filters, begins at the first page, and leaves out what is as usual', () => {
  const query = runsQuerySchema.parse({ q: 'a b', experiment: 'search', from: '50' });
  assert.equal(runsAddress(query, { verdict: 'mixed' }), '/?q=a+b&experiment=search&verdict=mixed');
  assert.equal(runsAddress(runsQuerySchema.parse({}), {}), '/');
});

test('the list follows the files: a run that ends, changes in place, or goes away', async () => {
  const progress = { pid: process.pid };
  const run = await writeStartedRun(results, { id: 'h-follows', rounds: 2, progress });
  const stateOf = async () => (await runSummary('h-follows'))?.state;
  assert.equal(await stateOf(), 'running');
  await finishRun(run);
  assert.equal(await stateOf(), 'finished');
  await appendFile(join(run.folder, 'report.json'), 'x');
  assert.equal(await stateOf(), 'unreadable');
  await rm(run.folder, { recursive: true });
  assert.ok(!(await runSummaries()).some(({ id }) => id === 'h-follows'));
});

test('a report that becomes a link is not followed, whatever was known of it', async () => {
  const report = await writeListedRun(results, { id: 'i-linked' });
  assert.equal((await runSummary('i-linked'))?.outcome?.verdict, report.verdict);
  const file = join(results, 'i-linked/report.json');
  await unlink(file);
  await symlink(join(results, 'a-improved/report.json'), file);
  const linked = await runSummary('i-linked');
  assert.equal(linked?.outcome, null);
  assert.match(linked?.problems[0]?.message ?? '', /is a symbolic link/);
  await writeFile(join(results, 'i-linked/progress.json'), '');
  await rm(join(results, 'i-linked'), { recursive: true });
});
