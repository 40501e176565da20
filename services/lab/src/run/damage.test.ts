import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { roundSchema } from '@dyno/contracts/run';
import { writeFinishedRun } from '../../../../tests/runFolders.ts';
import { DynoError } from '../errors.ts';
import { noteLostRuns, RunFolder, runIds, unfinishedRuns, unreadableRuns } from './results.ts';

/** A damaged old run harms nobody: two good runs beside one that is damaged in every way there is. */
let folder: string;
let results: string;
let files: string[];
const victim = '20260101-000000-shop-0001';
const good = ['20251231-000000-shop-0000', '20260102-000000-shop-0002'];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-damage-'));
  results = join(folder, 'results');
  for (const id of [victim, ...good]) await writeFinishedRun(results, { id });
  cpSync(join(results, victim), join(folder, 'whole'), { recursive: true });
  writeFileSync(join(folder, 'outside.json'), '{"secret":"of somebody else"}');
  files = filesOf(join(folder, 'whole'));
});

after(() => rmSync(folder, { recursive: true }));

const places = 20;
/** More than can be read into memory at once, on a disk that does not have it. */
const sparseBytes = 2 * 1024 ** 3 + 1;

const damages: { name: string; strike(path: string): void; maybeWhole?: true }[] = [
  ...Array.from({ length: places }, (_, place) => ({
    name: `cut off at ${place} of ${places}`,
    strike: (path: string) => truncateSync(path, Math.floor((statSync(path).size * place) / places)),
  })),
  // A letter of a title may well become another one.
  { name: 'a byte of it changed', strike: flipByte, maybeWhole: true },
  { name: 'a line of something else in it', strike: (path) => writeFileSync(path, '\n{"a":1}\nnot JSON\n') },
  {
    name: 'a folder in its place',
    strike: (path) => {
      unlinkSync(path);
      mkdirSync(path);
    },
  },
  {
    name: 'a link to something else in its place',
    strike: (path) => {
      unlinkSync(path);
      symlinkSync(join(folder, 'outside.json'), path);
    },
  },
  { name: 'blown up', strike: (path) => truncateSync(path, sparseBytes) },
  // A folder without a plan is no run yet.
  { name: 'gone', strike: (path) => unlinkSync(path), maybeWhole: true },
];

/** Without them a run cannot be shown: whatever is wrong with one of them is said. */
const needed = ['environment.json', 'plan.json', 'progress.json', 'report.json'];

for (const { name, strike, maybeWhole } of damages) {
  test(`every file of a run ${name}: the other runs are as they were, the damage is named`, async () => {
    for (const file of files) {
      rmSync(join(results, victim), { recursive: true, force: true });
      cpSync(join(folder, 'whole'), join(results, victim), { recursive: true });
      strike(join(results, victim, file));
      const named = (await unreadableRuns(results)).some(({ why }) => why.includes(`/${file}`));
      if (needed.includes(file) && !maybeWhole) assert.ok(named, file);
      await assertHarmless(file);
    }
  });
}

test('an undamaged run is readable', async () => {
  rmSync(join(results, victim), { recursive: true, force: true });
  cpSync(join(folder, 'whole'), join(results, victim), { recursive: true });
  assert.deepEqual(await unreadableRuns(results), []);
});

test('a run folder that is a link, or a file, is no run', async () => {
  const outside = join(folder, 'whole');
  for (const id of ['20270101-000000-link', '20270101-000000-file']) {
    const path = join(results, id);
    if (id.endsWith('link')) symlinkSync(outside, path);
    else writeFileSync(path, '');
    try {
      assert.equal((await runIds(results)).includes(id), false);
      await assert.rejects(RunFolder.open(results, id), /There is no run/);
    } finally {
      unlinkSync(path);
    }
  }
});

async function assertHarmless(file: string): Promise<void> {
  const unreadable = await unreadableRuns(results);
  assert.deepEqual(
    unreadable.filter(({ runId }) => runId !== victim),
    [],
  );
  for (const { why } of unreadable) assertNames(why);
  assert.deepEqual(
    (await unfinishedRuns(results)).filter(({ progress }) => progress.runId !== victim),
    [],
  );
  await noteLostRuns(results);
  const ids = await runIds(results);
  for (const id of good) assert.ok(ids.includes(id));
  const other = await RunFolder.open(results, good[0] ?? '');
  assert.equal((await other.read('report.json')).runId, good[0]);
  await assertSaid(file);
}

/** Whoever asks for the damaged run itself gets a sentence, or what is still whole. */
async function assertSaid(file: string): Promise<void> {
  const run = await RunFolder.open(results, victim);
  for (const name of ['plan.json', 'environment.json', 'progress.json', 'report.json'] as const) {
    await run.read(name).catch((error) => assertSentence(error, name === file));
  }
  await run.rounds().catch((error) => assertSentence(error, file === 'rounds.ndjson'));
  const lines = readFileSync(join(folder, 'whole/rounds.ndjson'), 'utf8').trimEnd().split('\n');
  const rounds = lines.map((line) => roundSchema.parse(JSON.parse(line)));
  const damaged = await run.damaged(rounds);
  if (damaged.size > 0) assert.ok(rounds.some(({ round }) => damaged.has(round)));
}

function assertSentence(error: unknown, expected: boolean): void {
  assert.ok(expected, `${error}`);
  assert.ok(error instanceof DynoError, `${error}`);
  assert.equal(error.exitCode, 4);
  assertNames(error.message);
}

function assertNames(why: string): void {
  assert.ok(why.includes(join(results, victim)), why);
  assert.match(why, /cannot be read: |does not fit: |is damaged in line \d+: /);
  assert.doesNotMatch(why, /somebody else/);
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x80;
  writeFileSync(path, bytes);
}

function filesOf(path: string, root = path): string[] {
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => {
      const inside = join(path, entry.name);
      return entry.isDirectory() ? filesOf(inside, root) : [relative(root, inside)];
    })
    .sort();
}
