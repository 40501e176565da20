import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const program = join(here, 'fixtures/send.ts');
const modules = join(resolve(here, '..'), 'node_modules');
/** All that sending takes but the thread's own file. */
const withoutThread = [
  program,
  join(here, 'sender.ts'),
  join(here, 'delivery.ts'),
  join(here, 'package.json'),
];

const ways: { name: string; flags: string[] }[] = [
  { name: 'a thread', flags: [] },
  { name: 'a thread, whatever the service is loaded with', flags: ['--import', program] },
  {
    name: 'its own thread, where it may have no other',
    flags: ['--permission', '--allow-fs-read=*'],
  },
  {
    name: 'its own thread, where the other one cannot start',
    flags: [
      '--permission',
      '--allow-worker',
      ...[...withoutThread, join(modules, '*')].map((path) => `--allow-fs-read=${path}`),
    ],
  },
];

for (const { name, flags } of ways) {
  test(`a process sends by ${name}, and ends`, async (t) => {
    const { url, received } = await startCollector(t);
    const { stdout } = await send(flags, url);
    assert.equal(stdout.trim().split('\n').at(-1), 'delivered');
    assert.ok(received.length >= 1);
    assert.ok(received.every((body) => body === 'a parcel'));
  });
}

test('an address that is none loses what is sent, and nothing else', async () => {
  const { stdout } = await send([], 'nowhere at all');
  assert.match(stdout, /^lost: /);
});

test('a profile of the service is one of the service alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-sender-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { url } = await startCollector(t);
  await send(['--cpu-prof', `--cpu-prof-dir=${folder}`], url);
  assert.equal(readdirSync(folder).length, 1);
});

function send(flags: string[], OTEL_EXPORTER_OTLP_ENDPOINT: string) {
  return run(process.execPath, [...flags, program], {
    env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT },
  });
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
