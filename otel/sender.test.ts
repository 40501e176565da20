import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const fixture = join(here, 'fixtures/send.ts');

const ways: { name: string; flags: string[]; by: string }[] = [
  { name: 'from another thread', flags: [], by: 'another thread' },
  {
    name: 'from another thread, which is loaded with nothing of its own',
    flags: ['--import', 'data:text/javascript,console.log("loaded")'],
    by: 'another thread',
  },
  {
    name: 'from its own thread where it may have no other',
    flags: ['--permission', '--allow-fs-read=*'],
    by: 'its own thread',
  },
];

for (const { name, flags, by } of ways) {
  test(`a process sends ${name}, and ends`, async (t) => {
    const { url, received } = await startCollector(t);
    const lines = await send(url, flags);
    assert.equal(lines.at(-1), `delivered by ${by}`);
    assert.ok(lines.filter((line) => line === 'loaded').length <= 1);
    assert.deepEqual(received, ['a parcel']);
  });
}

test('a process whose other thread cannot start sends from its own, once', async (t) => {
  const folder = temporary(t);
  mkdirSync(join(folder, 'fixtures'));
  for (const file of ['package.json', 'sender.ts', 'delivery.ts', 'fixtures/send.ts']) {
    copyFileSync(join(here, file), join(folder, file));
  }
  symlinkSync(join(here, '../node_modules'), join(folder, 'node_modules'));
  const { url, received } = await startCollector(t);
  const lines = await send(url, [], join(folder, 'fixtures/send.ts'));
  assert.equal(lines.at(-1), 'delivered by its own thread');
  assert.deepEqual(received, ['a parcel']);
});

test('an address that is none loses what is sent, and nothing else', async () => {
  const lines = await send('ftp://127.0.0.1');
  assert.match(lines.at(-1) ?? '', /^lost: /);
});

test('a profile and the coverage of the service are of the service alone', async (t) => {
  const profiles = temporary(t);
  const coverage = temporary(t);
  const { url } = await startCollector(t);
  await send(url, ['--cpu-prof', `--cpu-prof-dir=${profiles}`], fixture, { NODE_V8_COVERAGE: coverage });
  assert.equal(readdirSync(profiles).length, 1);
  assert.equal(readdirSync(coverage).length, 1);
});

/** The lines that it has written. */
async function send(
  OTEL_EXPORTER_OTLP_ENDPOINT: string,
  flags: string[] = [],
  program = fixture,
  env: NodeJS.ProcessEnv = {},
): Promise<string[]> {
  const { stdout } = await run(process.execPath, [...flags, program], {
    env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT, ...env },
  });
  return stdout.trim().split('\n');
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-sender-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function startCollector(t: TestContext) {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push(body);
    response.end();
  }).listen(0, '127.0.0.1');
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
