import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { unzip } from './unzip.ts';

test('files come out with their content and their right to run', async (t) => {
  const { file, out } = await zipped(t, [
    { name: 'go/bin/go', mode: 0o755, content: 'program '.repeat(1000), packed: true },
    { name: 'go/VERSION', mode: 0o644, content: 'go1.26.6', packed: false },
  ]);
  await unzip(file, out);
  assert.equal(await readFile(join(out, 'go/bin/go'), 'utf8'), 'program '.repeat(1000));
  assert.equal(await readFile(join(out, 'go/VERSION'), 'utf8'), 'go1.26.6');
  assert.equal((await stat(join(out, 'go/bin/go'))).mode & 0o111, 0o111);
  assert.equal((await stat(join(out, 'go/VERSION'))).mode & 0o111, 0);
});

test('an entry that points out of the folder is refused', async (t) => {
  const entry = { name: 'a/../../outside', mode: 0o644, content: 'x', packed: false };
  const { file, out } = await zipped(t, [entry]);
  await assert.rejects(unzip(file, out), /points out of the archive/);
  assert.equal(existsSync(join(out, '../outside')), false);
});

test('what is no zip file is said to be none', async (t) => {
  const { file, out } = await zipped(t, []);
  await writeFile(file, 'an error page');
  await assert.rejects(unzip(file, out), /not a zip file/);
});

interface Entry {
  name: string;
  mode: number;
  content: string;
  packed: boolean;
}

async function zipped(t: TestContext, entries: Entry[]): Promise<{ file: string; out: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'dyno-unzip-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'archive.zip');
  await writeFile(file, zip(entries));
  return { file, out: join(folder, 'out') };
}

/** Local headers with their data, the central directory, its end; fields that a reader ignores stay 0. */
function zip(entries: Entry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, mode, content, packed } of entries) {
    const data = packed ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30);
    local.write('PK\u0003\u0004', 'latin1');
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const header = Buffer.alloc(46);
    header.write('PK\u0001\u0002', 'latin1');
    header.writeUInt16LE(packed ? 8 : 0, 10);
    header.writeUInt32LE(data.length, 20);
    header.writeUInt16LE(Buffer.byteLength(name), 28);
    header.writeUInt32LE((mode << 16) >>> 0, 38);
    header.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), data);
    central.push(header, Buffer.from(name));
    offset += local.length + Buffer.byteLength(name) + data.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...central, end]);
}
