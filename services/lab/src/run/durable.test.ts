import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { NdjsonLog, removeTemporaries, writeDurably } from './durable.ts';
import {
  breakDisk,
  type FaultKind,
  faultKinds,
  reportText,
  sampleText,
  story,
  storyRounds,
} from './fixtures/durableStory.ts';

const storyProgram = join(import.meta.dirname, 'fixtures/durableStory.ts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-durable-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is written beside its target, synced, renamed, and its folder synced', async () => {
  const broken = breakDisk(0, 'EIO');
  try {
    await writeDurably(join(folder, 'a.json'), 'new');
  } finally {
    broken.repair();
  }
  assert.deepEqual(broken.operations, ['mkdir', 'open', 'writeFile', 'sync', 'rename', 'open', 'sync']);
  assert.deepEqual(readdirSync(folder), ['a.json']);
});

test('writers of one file at once leave one whole version', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
  await Promise.all(texts.map((text) => writeDurably(join(folder, 'a'), text)));
  assert.ok(texts.includes(readFileSync(join(folder, 'a'), 'utf8')));
  assert.deepEqual(readdirSync(folder), ['a']);
});

/** After a fault: everything acknowledged is there, every file whole, and resuming ends as if nothing had happened. */
async function checkAndResume(acknowledged: string[]): Promise<void> {
  const run = join(folder, 'run');
  if (existsSync(run)) await removeTemporaries(run);
  const report = existsSync(join(run, 'report.json')) ? readFileSync(join(run, 'report.json'), 'utf8') : null;
  if (report !== null) JSON.parse(report);
  const log = await NdjsonLog.open(join(run, 'rounds.ndjson'));
  await log.close();
  const rounds = acknowledged.filter((what) => what.startsWith('round')).length;
  assert.ok(log.rows.length === rounds || log.rows.length === rounds + 1);
  for (let round = 1; round <= log.rows.length; round += 1) {
    assert.equal(readFileSync(join(run, `samples/${round}`), 'utf8'), sampleText(round));
  }
  for (const what of acknowledged.filter((one) => one.startsWith('report'))) {
    assert.ok(report !== null && report >= reportText(Number(what.split(' ')[1])));
  }

  await story(folder, () => {});
  const lines = readFileSync(join(run, 'rounds.ndjson'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).round),
    [1, 2, 3],
  );
  await removeTemporaries(join(run, 'samples'));
  assert.deepEqual(readdirSync(join(run, 'samples')), ['1', '2', '3']);
}

async function operationsOfStory(): Promise<number> {
  const undisturbed = breakDisk(0, 'EIO');
  try {
    await story(folder, () => {});
  } finally {
    undisturbed.repair();
  }
  emptyFolder();
  return undisturbed.operations.length;
}

function emptyFolder(): void {
  rmSync(folder, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), 'dyno-durable-'));
}

for (const kind of faultKinds) {
  test(`${kind} at every single operation: nothing acknowledged is lost, resuming ends`, async () => {
    const count = await operationsOfStory();
    assert.ok(count > storyRounds * 10, `${count} operations`);
    for (let at = 1; at <= count; at += 1) {
      const acknowledged = kind === 'kill' ? killAt(at) : await failAt(at, kind);
      await checkAndResume(acknowledged);
      emptyFolder();
    }
  });
}

function killAt(at: number): string[] {
  const result = spawnSync(process.execPath, [storyProgram, folder, String(at), 'kill'], {
    encoding: 'utf8',
  });
  assert.equal(result.signal, 'SIGKILL', result.stderr);
  return result.stdout.split('\n').filter(Boolean);
}

async function failAt(at: number, kind: FaultKind): Promise<string[]> {
  const acknowledged: string[] = [];
  const broken = breakDisk(at, kind);
  try {
    await assert.rejects(
      story(folder, (what) => acknowledged.push(what)),
      (error) => error instanceof DynoError && error.exitCode === exitCodes.invalid,
    );
  } finally {
    broken.repair();
  }
  return acknowledged;
}

test('after a failed append the next one does not sit behind half a line', async () => {
  const log = await NdjsonLog.open(join(folder, 'rows'));
  await log.append({ n: 1 });
  await log.close();
  const broken = breakDisk(4, 'ENOSPC');
  const second = await NdjsonLog.open(join(folder, 'rows'));
  try {
    await assert.rejects(second.append({ n: 2, text: 'x'.repeat(100) }), /disk is full/);
    assert.equal(broken.operations.at(-1), 'truncate');
  } finally {
    broken.repair();
  }
  await second.append({ n: 3 });
  await second.close();
  assert.equal(readFileSync(join(folder, 'rows'), 'utf8'), '{"n":1}\n{"n":3}\n');
});

test('appends that are not awaited keep their order', async () => {
  const log = await NdjsonLog.open(join(folder, 'deep/er/rows'));
  await Promise.all(Array.from({ length: 50 }, (_, n) => log.append({ n })));
  await log.close();
  const rows = (await NdjsonLog.open(log.path)).rows;
  assert.deepEqual(
    rows,
    Array.from({ length: 50 }, (_, n) => ({ n })),
  );
});

test('a log cut at any byte opens with its whole lines and keeps the rest beside it', async () => {
  const path = join(folder, 'rows');
  const lines = ['{"n":1}\n', '{"text":"zwölf"}\n', '{"n":3}\n'];
  const text = Buffer.from(lines.join(''));
  for (let length = 0; length <= text.length; length += 1) {
    writeFileSync(path, text);
    truncateSync(path, length);
    rmSync(`${path}.torn`, { force: true });
    const log = await NdjsonLog.open(path);
    await log.close();
    const whole = text.subarray(0, length).lastIndexOf('\n') + 1;
    assert.equal(log.rows.length, text.subarray(0, whole).toString().split('\n').length - 1);
    assert.equal(statSync(path).size, whole);
    const torn = existsSync(`${path}.torn`) ? readFileSync(`${path}.torn`) : Buffer.alloc(0);
    assert.deepEqual(torn, text.subarray(whole, length));
  }
});

test('damage in the middle is named by file and line and nothing is changed', async () => {
  const path = join(folder, 'rows');
  const text = '{"n":1}\n{"n"\n{"n":3}\n{"n":';
  writeFileSync(path, text);
  await assert.rejects(NdjsonLog.open(path), (error) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, exitCodes.invalid);
    assert.match(error.message, /rows is damaged in line 2: /);
    return true;
  });
  assert.equal(readFileSync(path, 'utf8'), text);
});

test('a folder that cannot be written is said with its path', async () => {
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(writeDurably(join(folder, 'file/a.json'), '{}'), (error) => {
    return error instanceof DynoError && error.message.startsWith(`${join(folder, 'file/a.json')} could not`);
  });
});

const unshare = ['-Urm', 'sh', '-c'];
const canMount =
  spawnSync('unshare', [...unshare, `mount -t tmpfs -o size=64k none ${tmpdir()}`]).status === 0;

test('a disk that is really full', { skip: canMount ? false : 'user namespaces are off here' }, () => {
  const script = `
    import { readFileSync, rmSync, writeFileSync } from 'node:fs';
    import { NdjsonLog } from ${JSON.stringify(join(import.meta.dirname, 'durable.ts'))};
    writeFileSync('ballast', Buffer.alloc(32 * 1024));
    const log = await NdjsonLog.open('rows');
    const row = { text: 'x'.repeat(3000) };
    let message = '';
    while (message === '') await log.append(row).catch((error) => { message = error.message; });
    const kept = log.rows.length;
    rmSync('ballast');
    await log.append(row);
    await log.close();
    const parsed = readFileSync('rows', 'utf8').trimEnd().split('\\n').map((line) => JSON.parse(line));
    console.log(JSON.stringify({ message, kept, parsed: parsed.length }));`;
  const inTmpfs = `mount -t tmpfs -o size=64k none '${folder}' && cd '${folder}' && exec "$0" --input-type=module -e "$1"`;
  const result = spawnSync('unshare', [...unshare, inTmpfs, process.execPath, script], { encoding: 'utf8' });
  const { message, kept, parsed } = JSON.parse(result.stdout || '{}');
  assert.match(
    message,
    /disk is full: rows cannot be written\. Free \d+ MiB, then go on: dyno run --resume/,
    result.stderr,
  );
  assert.ok(kept > 0);
  assert.equal(parsed, kept + 1);
});
