import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DynoError } from '../errors.ts';
import { install, platform } from './install.ts';
import { type Program, parts, programs } from './parts.ts';
import { takeStackLock } from './stackLock.ts';
import { bench, script } from './testing.ts';
import { runStep } from './work.ts';

/** A program that no machine has, with every way closed; a test opens the one that it is about. */
const tool: Program = {
  name: 'k6',
  title: 'Tool',
  purpose: 'is installed',
  version: 'k6',
  onPath: { names: ['tool'], versionArgs: ['version'], version: /tool (\d+\.\d+\.\d+)/, atLeast: [2, 0] },
  debian: null,
  archive: null,
  source: null,
  byHand: 'Tool 2 from its makers',
};

test('an old program on PATH is passed over for a newer one further on', async (t) => {
  const { work, program, project } = await bench(t);
  await program('tool', 'echo tool 1.9.0');
  const newer = await script(join(project, 'other', 'tool'), 'echo tool 2.1.0');
  const found = await install(tool, { ...work, folders: [...work.folders, join(project, 'other')] });
  assert.deepEqual(found, { path: newer, version: '2.1.0', way: 'PATH' });
});

test('when no way is open the error names each of them and what to install by hand', async (t) => {
  const { work, program } = await bench(t);
  const old = await program('tool', 'echo tool 1.9.0');
  await assert.rejects(install(tool, work), (error: Error) => {
    assert.ok(error instanceof DynoError);
    assert.match(error.message, new RegExp(`${old} is 1.9.0, needed is 2.0 or newer`));
    assert.match(error.message, /no Debian package/);
    assert.match(error.message, /no release archive/);
    assert.match(error.message, /Install Tool 2 from its makers/);
    return true;
  });
});

/** apt, dpkg and sudo whose package holds one program, at `binary`; their calls are counted in `calls`. */
async function debian(t: TestContext, { lists }: { lists: 'fresh' | 'empty' }) {
  const place = await bench(t);
  const calls = join(place.project, 'calls');
  const known = join(place.project, 'lists');
  const binary = join(place.project, 'debian', 'tool');
  if (lists === 'fresh') await writeFile(known, '');
  const payload = `printf '#!/bin/sh\\necho tool 2.3.0\\n'`;
  await place.program('apt-cache', `[ -e ${known} ] && echo 'Candidate: 2.3.0' || echo 'Candidate: (none)'`);
  await place.program(
    'apt-get',
    [
      `echo "$*" >> ${calls}`,
      'case "$*" in',
      `*update*) touch ${known} ;;`,
      `*install*) mkdir -p ${join(place.project, 'debian')}; ${payload} > ${binary}; chmod +x ${binary} ;;`,
      '*download*) echo package > tool.deb ;;',
      'esac',
    ].join('\n'),
  );
  await place.program(
    'dpkg-deb',
    `mkdir -p "$3/usr/bin"; ${payload} > "$3/usr/bin/tool"; chmod +x "$3/usr/bin/tool"`,
  );
  await place.program('sudo', 'shift; exec "$@"');
  const verbs = async () =>
    (await readFile(calls, 'utf8'))
      .split('\n')
      .flatMap((line) => /update|install|download/.exec(line)?.[0] ?? []);
  return { ...place, binary, verbs, known };
}

test('a Debian package is installed; nothing may be removed for it', async (t) => {
  const { work, binary, verbs, project } = await debian(t, { lists: 'fresh' });
  const found = await install({ ...tool, debian: { packages: ['tool'], how: 'install', binary } }, work);
  assert.deepEqual(found, { path: binary, version: '2.3.0', way: 'Debian package' });
  assert.deepEqual(await verbs(), ['install']);
  assert.match(await readFile(join(project, 'calls'), 'utf8'), /--no-install-recommends --no-remove/);
});

test('the lists of packages are read first where the machine has none', async (t) => {
  const { work, binary, verbs } = await debian(t, { lists: 'empty' });
  await install({ ...tool, debian: { packages: ['tool'], how: 'install', binary } }, work);
  assert.deepEqual(await verbs(), ['update', 'install']);
});

test('a package with a service is unpacked in our folder, and found there by the next start', async (t) => {
  const { work, verbs, project } = await debian(t, { lists: 'fresh' });
  const program: Program = {
    ...tool,
    debian: { packages: ['tool'], how: 'unpack', binary: '/usr/bin/tool' },
  };
  const first = await install(program, work);
  assert.equal(first.path, join(project, '.dyno/debian/k6/usr/bin/tool'));
  assert.deepEqual(await install(program, work), first);
  assert.deepEqual(await verbs(), ['download']);
});

test('a package whose program goes by another name is installed once and called by the right one', async (t) => {
  const { work, project, verbs, program } = await debian(t, { lists: 'fresh' });
  const other = join(project, 'debian/tool-check');
  await program(
    'apt-get',
    `echo "$*" >> ${join(project, 'calls')}; mkdir -p ${project}/debian; ${byName(other)}`,
  );
  const row: Program = { ...tool, debian: { packages: ['tool'], how: 'install', binary: other } };
  const first = await install(row, work);
  assert.deepEqual(first, { path: join(project, '.dyno/bin/tool'), version: '2.3.0', way: 'Debian package' });
  assert.deepEqual(await install(row, work), first);
  assert.deepEqual(await verbs(), ['install']);
});

test('without root and sudo a package that needs them is refused, with the reason', async (t) => {
  const { work, program, binary } = await debian(t, { lists: 'fresh' });
  await program('sudo', 'exit 1');
  t.mock.method(process as { getuid(): number }, 'getuid', () => 1000);
  await assert.rejects(
    install({ ...tool, debian: { packages: ['tool'], how: 'install', binary } }, work),
    /neither root nor may use sudo/,
  );
});

test('a refused download moves on to the source at once', async (t) => {
  const { work, program, project } = await bench(t);
  await program('go', goThatBuilds);
  const { port, close } = await serve(t, () => ({ status: 200, body: Buffer.from('') }));
  await close();
  await writeModule(project);
  const found = await install(
    { ...tool, archive: archiveAt(`http://127.0.0.1:${port}/tool.tar.gz`), source },
    work,
  );
  assert.equal(found.way, 'built from source');
  assert.equal(found.version, work.settings.versions.k6);
});

test('an archive with another checksum than the pinned one is refused', async (t) => {
  const { work, project } = await bench(t);
  const { port } = await serve(t, () => ({ status: 200, body: Buffer.from('something else') }));
  await assert.rejects(
    install({ ...tool, archive: archiveAt(`http://127.0.0.1:${port}/tool.tar.gz`) }, work),
    /SHA-256 is [0-9a-f]{64}, not the pinned 0{64}/,
  );
  assert.deepEqual(await readdir(join(project, '.dyno/bin')), []);
});

test('a release archive with the pinned checksum is unpacked and kept for the next start', async (t) => {
  const { work, project } = await bench(t);
  await script(join(project, 'release/tool'), 'echo tool 2.2.0');
  await runStep(work, {
    part: 'k6',
    state: 'installing',
    what: 'pack',
    doing: 'packing',
    command: 'tar',
    args: ['-czf', join(project, 'tool.tar.gz'), '-C', project, 'release/tool'],
  });
  const body = await readFile(join(project, 'tool.tar.gz'));
  const sha256 = createHash('sha256').update(body).digest('hex');
  let served = 0;
  const { port } = await serve(t, () => {
    served += 1;
    return { status: 200, body };
  });
  const program = { ...tool, archive: archiveAt(`http://127.0.0.1:${port}/tool.tar.gz`, sha256) };
  assert.equal((await install(program, work)).way, 'release archive');
  assert.equal((await install(program, work)).way, 'earlier start');
  assert.equal(served, 1);
});

test('a build that fails is told with its last lines, and leaves nothing behind', async (t) => {
  const { work, program, project } = await bench(t);
  await program(
    'go',
    '[ "$1" = version ] && echo go version go1.26.1 linux/amd64 && exit; echo no such module; exit 1',
  );
  await writeModule(project);
  await assert.rejects(install({ ...tool, source }, work), /no such module/);
  assert.deepEqual(await readdir(join(project, '.dyno/bin')), []);
});

test('what an interrupted build left is no program', async (t) => {
  const { work, program, project } = await bench(t);
  await program('go', goThatBuilds);
  await writeModule(project);
  await install({ ...tool, source }, work);
  const path = join(project, '.dyno/bin', `k6-${work.settings.versions.k6}`);
  await writeFile(path, 'half a program');
  assert.equal((await install({ ...tool, source }, work)).way, 'built from source');
  assert.ok(existsSync(path));
});

test('what another start of this checkout builds meanwhile is not built again', async (t) => {
  const { work, program, project } = await bench(t);
  const builds = join(project, 'builds');
  await program('go', goThatBuilds.replace('while', `echo build >> ${builds}; while`));
  await writeModule(project);
  const lock = await takeStackLock(join(project, '.dyno/build'), work.signal, () => {});
  const waits = new Promise<void>((resolve) => {
    work.tell = ({ detail }) => detail.startsWith('waiting for another build') && resolve();
  });
  const waiting = install({ ...tool, source }, work);
  await waits;
  await script(join(project, '.dyno/bin', `k6-${work.settings.versions.k6}`), 'echo tool 2.2.0');
  lock.release();
  assert.equal((await waiting).version, work.settings.versions.k6);
  assert.equal(existsSync(builds), false);
});

test('an interruption ends the step that is under way', async (t) => {
  const { work, program } = await bench(t);
  const endless = await program('endless', 'while :; do sleep 1; done');
  const interrupted = new AbortController();
  const step = runStep(
    { ...work, signal: interrupted.signal },
    { part: 'k6', state: 'installing', what: 'endless', doing: 'waiting', command: endless, args: [] },
  );
  interrupted.abort(new DynoError('interrupted'));
  await assert.rejects(step, /interrupted/);
});

test('every row of the table has a way that does not need this very machine', () => {
  for (const { title, ours, debian, source, byHand } of Object.values(programs)) {
    assert.ok(ours || debian !== null || source !== null, title);
    assert.ok(byHand.length > 0, title);
  }
});

test('archives and modules are pinned to the versions of .env', async () => {
  const project = join(import.meta.dirname, '../../../..');
  const { readSettings } = await import('../settings.ts');
  const { versions } = readSettings({}, project);
  assert.equal(programs.k6.archive?.version, versions.k6);
  assert.equal(parts.prometheus.archive?.version, versions.prometheus);
  const k6 = await readFile(join(project, 'tools/k6/go.mod'), 'utf8');
  assert.ok(k6.includes(`go.k6.io/k6/v2 v${versions.k6} `), `tools/k6 is not at ${versions.k6}`);
  // Jaeger's module keeps counting from 1: v1.76.0 is the commit of release 2.13.0.
  const jaeger = await readFile(join(project, 'tools/jaeger/go.mod'), 'utf8');
  assert.ok(jaeger.includes('github.com/jaegertracing/jaeger v1.76.0\n'));
  assert.equal(versions.jaeger, '2.13.0');
  const node = JSON.parse(await readFile(join(project, 'tools/node/package.json'), 'utf8'));
  assert.deepEqual([...new Set(Object.values(node.optionalDependencies))], [versions.node]);
});

const source = { folder: 'tools/tool', package: 'example.org/tool' };

/** Writes a program that answers only to the name `tool`. */
const byName = (path: string) =>
  `printf '#!/bin/sh\\ncase $0 in */tool) echo tool 2.3.0 ;; esac\\n' > ${path}; chmod +x ${path}`;

/** Writes the program where `-o` says. */
const goThatBuilds = [
  '[ "$1" = version ] && echo go version go1.26.1 linux/amd64 && exit',
  `while [ "$1" != -o ]; do shift; done`,
  `printf '#!/bin/sh\\necho tool 2.2.0\\n' > "$2"; chmod +x "$2"`,
].join('\n');

async function writeModule(project: string): Promise<void> {
  await script(join(project, 'tools/tool/go.mod'), 'module tool');
}

function archiveAt(url: string, sha256 = '0'.repeat(64)): Program['archive'] {
  const version = '2.2.0';
  return { version, files: { [platform()]: { url, sha256, member: 'release/tool' } } };
}

async function serve(t: TestContext, answer: () => { status: number; body: Buffer }) {
  const server = createServer((_, response) => {
    const { status, body } = answer();
    response.writeHead(status, { connection: 'close' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () => new Promise<void>((done) => server.close(() => done()));
  t.after(() => (server.listening ? close() : undefined));
  return { port: (server.address() as AddressInfo).port, close };
}
