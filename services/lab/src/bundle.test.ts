import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { bundleVersion } from '@dyno/contracts/bundle';
import { Header } from 'tar';
import { exportRun } from './exportRun.ts';
import { measuredBy, storedRun } from './fixtures/storedRun.ts';
import { importRun } from './importRun.ts';
import { seedLike } from './report/fixtures/run.ts';
import type { RunFolder } from './run/results.ts';
import { compareValues, verifyRun } from './verify.ts';

let root: string;
let run: RunFolder;
let archive: string;
let counter = 0;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dyno-bundle-'));
  run = await storedRun(join(root, 'results'), seedLike);
  archive = join(root, 'run.tar.gz');
  await exportRun(run, archive, { logs: false });
});

after(() => rm(root, { recursive: true }));

test('a run comes out of its archive as it went in, and its figures follow from its samples', async () => {
  const folder = await importRun(fresh(), archive);
  assert.equal(folder.runId, run.runId);
  assert.ok((await folder.rounds()).length > 0);
  for (const { file } of (await folder.rounds()).flatMap(({ samples, resources }) => [samples, resources])) {
    assert.deepEqual(await readFile(folder.file(file)), await readFile(run.file(file)));
  }
  const checks = await verifyRun(folder, measuredBy);
  assert.deepEqual(
    checks.map(({ what }) => what),
    ['manifest.json', 'raw samples', 'metrics.json', 'timeline.json', 'report.json'],
  );
  for (const { what, compared, differing } of checks) {
    assert.deepEqual(differing, [], what);
    assert.ok(compared > 0, what);
  }
});

test('what services printed leaves the machine only when asked', async () => {
  assert.ok(!existsSync((await importRun(fresh(), archive)).file('log', 'service.log')));
  const whole = join(root, 'whole.tar.gz');
  await exportRun(run, whole, { logs: true });
  assert.ok(existsSync((await importRun(fresh(), whole)).file('log', 'service.log')));
});

test('nothing is overwritten: neither a run nor an archive', async () => {
  const results = fresh();
  const folder = await importRun(results, archive);
  await writeFile(folder.file('mine.txt'), 'kept');
  await assert.rejects(importRun(results, archive), /made-up-1 is in .* already, and nothing is overwritten/);
  assert.equal(await readFile(folder.file('mine.txt'), 'utf8'), 'kept');
  await assert.rejects(exportRun(run, archive, { logs: false }), /is there already/);
});

test('one flipped byte is found, wherever it is', async () => {
  const tar = gunzipSync(await readFile(archive));
  for (const share of [0.3, 0.6, 0.9]) {
    const flipped = Buffer.from(tar);
    const at = inFile(flipped, Math.floor(flipped.length * share));
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await refused(gzipSync(flipped), /damaged: its hash is not that of the manifest/);
  }
});

test('a torn archive is refused whole', async () => {
  const bytes = await readFile(archive);
  for (const share of [0, 0.1, 0.5, 0.99]) {
    await refused(bytes.subarray(0, Math.floor(bytes.length * share)), /not imported/);
  }
  await refused(Buffer.from('no archive at all, but a sentence that goes on for a while'), /not imported/);
  await assert.rejects(importRun(fresh(), join(root, 'absent.tar.gz')), /There is no file/);
});

test('an archive that leads out of its folder is refused, and nothing is written outside', async () => {
  const evil = Buffer.from('evil');
  for (const path of [
    '../evil',
    '/tmp/dyno-evil',
    'x/../../evil',
    '.hidden',
    'a/./b',
    'a\\..\\b',
    'a\u0000b',
  ]) {
    await refused(madeUpArchive({ listed: [file(path, evil)] }), /manifest does not fit: files\.0\.path/);
    await refused(
      madeUpArchive({ listed: [file('plan.json', evil)], entries: [{ path, type: 'File', data: evil }] }),
      /is not in its manifest|not imported/,
    );
  }
  assert.ok(!existsSync(join(root, 'evil')));
});

test('links, devices and folders are refused', async () => {
  const listed = [file('plan.json', Buffer.alloc(0))];
  for (const type of ['SymbolicLink', 'Link', 'CharacterDevice', 'FIFO', 'Directory'] as const) {
    const linkpath = type.endsWith('Link') ? { linkpath: '/etc/passwd' } : {};
    const entry = { path: 'made-up-1/plan.json', type, data: Buffer.alloc(0), ...linkpath };
    await refused(madeUpArchive({ listed, entries: [entry] }), /is no plain file/);
  }
});

test('what is too much, too little or twice is refused', async () => {
  const data = Buffer.from('{}');
  const plan = file('plan.json', data);
  await refused(
    madeUpArchive({ listed: [plan], entries: [] }),
    /plan\.json is in its manifest, but not in it/,
  );
  await refused(madeUpArchive({ listed: [plan, plan] }), /plan\.json twice/);
  const entry = { path: 'made-up-1/plan.json', type: 'File', data } as const;
  await refused(madeUpArchive({ listed: [plan], entries: [entry, entry] }), /not in its manifest/);
  await refused(madeUpArchive({ listed: [{ ...plan, bytes: 3 }] }), /2 bytes, its manifest says 3/);
  await refused(madeUpArchive({ listed: [{ ...plan, bytes: 2 ** 40 }] }), /16\sGiB is the most/);
  const zeros = Buffer.alloc(64 * 1024 ** 2);
  await refused(madeUpArchive({ listed: [file('bomb.bin', zeros)], data: zeros }), /ratio/);
});

test('an archive whose files are not those of a run is refused', async () => {
  const data = Buffer.from('{"schemaVersion":2}');
  await refused(
    madeUpArchive({ listed: [file('plan.json', data)], data }),
    /no plan\.json and environment\.json/,
  );
});

test('a run whose files point out of its folder is refused', async () => {
  for (const path of ['../../../etc/hostname', '/etc/hostname', 'samples/*.parquet']) {
    const folder = await importRun(fresh(), archive);
    const [first, ...others] = await folder.rounds();
    assert.ok(first);
    await folder.writeRounds([{ ...first, samples: { ...first.samples, file: path } }, ...others]);
    await rm(folder.file('manifest.json'));
    const evil = join(root, `evil-${counter}.tar.gz`);
    await exportRun(folder, evil, { logs: false });
    await assert.rejects(importRun(fresh(), evil), /names a file that cannot be its own/);
  }
});

test('verify names every value that does not follow from the samples', async () => {
  const folder = await importRun(fresh(), archive);
  const report = await folder.read('report.json');
  await folder.write('report.json', { ...report, sentence: 'Improved by a lot.', blocks: 7 });
  const checks = await verifyRun(folder, measuredBy);
  const differing = checks.flatMap((check) => check.differing);
  assert.equal(differing.length, 3);
  assert.match(differing.join('\n'), /report\.json is not what was written/);
  assert.match(differing.join('\n'), /\$\.blocks is 7, the samples give 4/);
  assert.match(differing.join('\n'), /\$\.sentence is "Improved by a lot\."/);
});

test('verify by another version of Dyno compares figures and verdicts, not words', async () => {
  const folder = await importRun(fresh(), archive);
  await rm(folder.file('manifest.json'));
  const report = await folder.read('report.json');
  await folder.write('report.json', { ...report, sentence: 'The same in other words.' });
  const differingBy = async (by: string) =>
    (await verifyRun(folder, by)).flatMap(({ differing }) => differing).length;
  assert.equal(await differingBy(measuredBy), 1);
  assert.equal(await differingBy('99.0.0'), 0);
  await folder.write('report.json', { ...report, verdict: 'equivalent' });
  assert.equal(await differingBy('99.0.0'), 1);
});

test('verify says which samples are not those that were measured', async () => {
  const folder = await importRun(fresh(), archive);
  const [round] = await folder.rounds();
  assert.ok(round);
  const bytes = await readFile(folder.file(round.samples.file));
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await writeFile(folder.file(round.samples.file), bytes);
  const checks = await verifyRun(folder, measuredBy);
  assert.deepEqual(
    checks.map(({ what, differing }) => [what, differing.length]),
    [
      ['manifest.json', 1],
      ['raw samples', 1],
    ],
  );
  assert.match(checks[1]?.differing[0] ?? '', /samples\/1\.parquet is not what was written/);
});

test('figures agree up to the last digit of a logarithm, and no further', () => {
  assert.deepEqual(compareValues({ a: [1, 2] }, { a: [1 + 1e-12, 2] }, '$').differing, []);
  assert.deepEqual(compareValues({ a: [1, 2] }, { a: [1.000001, 2] }, '$').differing, [
    '$.a[0] is 1, the samples give 1.000001',
  ]);
  assert.deepEqual(compareValues({ a: 1 }, { b: 1 }, '$').differing, [
    '$.a is 1, the samples give absent',
    '$.b is absent, the samples give 1',
  ]);
});

interface Entry {
  path: string;
  type: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO' | 'Directory';
  data: Buffer;
  linkpath?: string;
}

interface Listed {
  path: string;
  bytes: number;
  sha256: string;
}

function file(path: string, data: Buffer): Listed {
  return { path, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
}

/** As its author likes it; entries are those of the manifest unless said. */
function madeUpArchive({
  listed,
  entries,
  data = Buffer.from('{}'),
}: {
  listed: Listed[];
  entries?: Entry[];
  data?: Buffer;
}): Buffer {
  const runId = 'made-up-1';
  const manifest = { bundleVersion, runId, exportedAt: new Date(0).toISOString(), files: listed };
  const all: Entry[] = [
    { path: `${runId}/manifest.json`, type: 'File', data: Buffer.from(JSON.stringify(manifest)) },
    ...(entries ?? listed.map(({ path }): Entry => ({ path: `${runId}/${path}`, type: 'File', data }))),
  ];
  return gzipSync(Buffer.concat([...all.flatMap(blocksOf), Buffer.alloc(1024)]));
}

function blocksOf({ path, type, data, linkpath }: Entry): Buffer[] {
  const header = Buffer.alloc(512);
  new Header({ path, type, size: data.length, mode: 0o644, ...(linkpath ? { linkpath } : {}) }).encode(
    header,
  );
  return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
}

/** A place inside a file's bytes: headers have check sums of their own. */
function inFile(tar: Buffer, near: number): number {
  for (let block = Math.floor(near / 512) * 512; block > 0; block -= 512) {
    const text = tar.subarray(block, block + 512);
    const isHeader = text.subarray(257, 262).toString() === 'ustar';
    if (!isHeader && text.some((byte) => byte !== 0)) return block + text.findIndex((byte) => byte !== 0);
  }
  return assert.fail('no block of a file');
}

function fresh(): string {
  counter += 1;
  return join(root, `results-${counter}`);
}

/** And leaves nothing behind. */
async function refused(bytes: Buffer, message: RegExp): Promise<void> {
  const results = fresh();
  const path = join(root, 'refused.tar.gz');
  await writeFile(path, bytes);
  await assert.rejects(importRun(results, path), message);
  assert.deepEqual(await readdir(results), []);
}
