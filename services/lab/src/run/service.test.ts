import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { serviceSchema, variantSchema } from '@dyno/contracts/experiment';
import { lowPort } from '../../../api/src/testing/ports.ts';
import { DynoError } from '../errors.ts';
import { portIsFree } from './fixtures/ports.ts';
import { until } from './fixtures/until.ts';
import { allProcesses, markOf } from './proc.ts';
import { Processes } from './processes.ts';
import { type Service, type ServiceSpec, startService } from './service.ts';

let folder: string;
let processes: Processes;
let port: number;
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-service-'));
  processes = await Processes.open({
    home: join(folder, 'home'),
    owner: { kind: 'run', runId: 'test' },
    reap: true,
  });
  port = await lowPort();
});

afterEach(async () => {
  await processes.close();
  const left = membersIn(folder);
  rmSync(folder, { recursive: true });
  assert.deepEqual(left, []);
});

/** A service in one line; `port` is what it was given. */
const listening = (host: string, at = 'port') =>
  `const port = Number(process.env.PORT); require('http').createServer((q, r) => r.end('mine')).listen(${at}, '${host}')`;

test('a status below 500 is ready, also one that says no', async () => {
  const { baseUrl, readyMs } = await start(
    `require('http').createServer((q, r) => { r.statusCode = 404; r.end() }).listen(process.env.PORT, '127.0.0.1')`,
  );
  assert.equal(baseUrl, `http://127.0.0.1:${port}`);
  assert.ok(readyMs > 0);
});

test('what a variant says itself comes before what the service says', async () => {
  const service = await start('process.exit(1)', {
    variant: {
      command: [
        'node',
        '-e',
        `console.log(process.cwd(), process.env.A, process.env.B); ${listening('127.0.0.1')}`,
      ],
      cwd: '/',
      env: { B: 'two' },
    },
    service: { env: { A: 'one', B: 'one' } },
  });
  assert.equal(await service.child?.logTail(1), '/ one two');
});

test('outside of the checkout "node" is the one on PATH, as behind npm start', async (t) => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const theirs = `#!/bin/sh\nFOUND=theirs exec '${process.execPath}' "$@"\n`;
  writeFileSync(join(bin, 'node'), theirs, { mode: 0o755 });
  const path = process.env.PATH;
  t.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = `${bin}:${path}`;
  const script = `console.log(process.env.FOUND ?? 'ours'); ${listening('127.0.0.1')}`;
  const foundIn = async (cwd: string, variant = {}) => {
    const { child } = await start(script, { variant: { ...variant, cwd }, port: await lowPort() });
    return child?.logTail(1);
  };
  assert.equal(await foundIn(bin), 'theirs');
  assert.equal(await foundIn('.'), 'ours');
  const worktree = join(folder, 'checkouts', 'test', 'one');
  mkdirSync(worktree, { recursive: true });
  const refOf = (repository: string) => ({ ref: { name: 'main', commit: 'a1b2c3d', repository } });
  assert.equal(await foundIn(worktree, refOf(folder)), 'ours');
  assert.equal(await foundIn(worktree, refOf('/srv/theirs')), 'theirs');
  process.env.PATH = join(folder, 'nothing');
  assert.equal(await foundIn(bin), 'ours');
});

test('a line of its output makes it ready, once it listens as well', async () => {
  const { baseUrl } = await start(
    `console.log('nearly'); setTimeout(() => { ${listening('127.0.0.1')}.on('listening', () => console.log('ready on ' + port)) }, 100)`,
    { service: { readyPattern: '^ready on \\d+$', readyPath: '/' } },
  );
  assert.equal(baseUrl, `http://127.0.0.1:${port}`);
  await assert.rejects(
    start(`console.log('something else'); ${listening('127.0.0.1')}`, {
      service: { readyPattern: '^ready$', readyTimeoutSeconds: 3 },
      port: await lowPort(),
    }),
    failure(/not ready within 3 s \(no line of its output matches \/\^ready\$\/\).*something else/s),
  );
});

test('a service on ::1 alone is asked there', async () => {
  const { baseUrl, assertOwnsPort } = await start(listening('::1'));
  assert.equal(baseUrl, `http://[::1]:${port}`);
  assertOwnsPort();
});

test('a service on a port that fetch refuses to ask is ready', async () => {
  const refused = await Promise.all(
    [10_080, 6697, 6669, 6668, 6667, 6000].map(async (one) => ((await portIsFree(one)) ? [one] : [])),
  );
  const [one] = refused.flat();
  assert.ok(one, 'all of them are taken');
  const { baseUrl } = await start(listening('127.0.0.1'), { port: one });
  assert.equal(baseUrl, `http://127.0.0.1:${one}`);
});

test('a stranger who answers in place of the service is named, and not measured', async () => {
  // It comes when the port has been looked at already, and long before the service listens.
  const spec = start(`setTimeout(() => { ${listening('::1')} }, 60_000)`);
  await until('the service has been started', () => membersIn(folder).length > 0);
  const stranger = createServer((_, response) => response.end('not yours'));
  await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
  try {
    await assert.rejects(
      spec,
      failure(
        new RegExp(
          `Port ${port} is not served by svc \\(one\\) alone: process ${process.pid} .*listens there too`,
        ),
      ),
    );
  } finally {
    stranger.close();
  }
});

test('the end of a service that dies before it is ready is told with its last words', async () => {
  await assert.rejects(
    start(`console.log('first'); console.error('no such table: items'); process.exit(7)`),
    failure(/svc \(one\) ended with code 7 before it was ready\. Its log is .*no such table: items/s),
  );
  await assert.rejects(
    start(`process.kill(process.pid, 'SIGSEGV')`),
    failure(/was killed by SIGSEGV before it was ready/),
  );
});

test('a service on another port: which one, and the way out', async () => {
  const other = await lowPort();
  await assert.rejects(
    start(listening('127.0.0.1', String(other)), { service: { readyTimeoutSeconds: 3 } }),
    failure(
      new RegExp(
        `not ready within 3 s \\(/: ECONNREFUSED\\).*listens on port ${other}, not on ${port}.*--on-port ${other}`,
        's',
      ),
    ),
  );
  const { baseUrl } = await start(listening('127.0.0.1', String(other)), { service: { port: other } });
  assert.equal(baseUrl, `http://127.0.0.1:${other}`);
});

test('a service that answers with errors is not ready, and one that ignores SIGTERM is ended all the same', async () => {
  await assert.rejects(
    start(
      `process.on('SIGTERM', () => {}); require('http').createServer((q, r) => { r.statusCode = 503; r.end() }).listen(process.env.PORT, '127.0.0.1')`,
      { service: { readyTimeoutSeconds: 3 } },
    ),
    failure(/\(\/: status 503\)/),
  );
  const { child } = await start(`process.on('SIGTERM', () => {}); ${listening('127.0.0.1')}`);
  await child?.stop({ graceMs: 200 });
  assert.deepEqual(child?.members(), []);
});

test('a service that prints megabytes before it is ready is stopped', async () => {
  await assert.rejects(
    start(
      `const text = 'x'.repeat(1 << 20) + '\\n'; for (let i = 0; i < 70; i++) require('fs').writeSync(1, text); setInterval(() => {}, 1000)`,
    ),
    failure(/wrote more than 64 MiB before it was ready/),
  );
});

test('children that a service leaves behind go with it', async () => {
  const { child } = await start(
    `require('child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref(); ${listening('127.0.0.1')}`,
  );
  assert.ok((child?.members().length ?? 0) >= 2);
  await child?.stop({ graceMs: 300 });
  assert.deepEqual(child?.members(), []);
});

test('the reset runs before each start with the environment of the service; its failure is quoted', async () => {
  const seeded = join(folder, 'seeded');
  const reset = ['node', '-e', `require('fs').appendFileSync('${seeded}', process.env.A)`];
  const { child } = await start(
    `console.log(require('fs').readFileSync('${seeded}', 'utf8')); ${listening('127.0.0.1')}`,
    { service: { reset, env: { A: 'seed' } } },
  );
  assert.equal(await child?.logTail(1), 'seed');
  await child?.stop();
  await assert.rejects(
    start(listening('127.0.0.1'), {
      service: { reset: ['node', '-e', `console.error('access denied for user'); process.exit(1)`] },
    }),
    failure(/reset of one .* ended with code 1:\naccess denied for user/),
  );
});

test('an address is asked, and never started or stopped', async () => {
  const server = await serve(200);
  try {
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
    const { child, baseUrl } = await start('never run', { variant: { url } });
    assert.equal(child, null);
    assert.equal(`${baseUrl}/`, url);
  } finally {
    server.close();
  }
  const url = `http://127.0.0.1:${await lowPort()}`;
  await assert.rejects(
    start('never run', { variant: { url } }),
    failure(/one at http:\/\/127\.0\.0\.1:\d+ does not answer \(\/: ECONNREFUSED\)\. Is it running\?/),
  );
});

test('a measured service gets nothing of OpenTelemetry unless it brings its own', async () => {
  const seen = async (telemetry: 'own' | 'inject' | 'none', inject: boolean) => {
    const { child } = await start(
      `console.log(Object.keys(process.env).filter((name) => name.startsWith('OTEL_')).length > 0); ${listening('127.0.0.1')}`,
      { service: { telemetry }, inject, port: await lowPort() },
    );
    const [first] = (await child?.logTail(50))?.split('\n') ?? [];
    return first;
  };
  assert.equal(await seen('inject', false), 'false');
  assert.equal(await seen('none', true), 'false');
  assert.equal(await seen('own', false), 'true');
});

interface Changes {
  service?: Record<string, unknown>;
  variant?: Record<string, unknown>;
  port?: number;
  inject?: boolean;
}

let starts = 0;

function start(script: string, { service = {}, variant = {}, ...rest }: Changes = {}): Promise<Service> {
  starts += 1;
  const spec: ServiceSpec = {
    project: folder,
    service: serviceSchema.parse({
      name: 'svc',
      command: ['node', '-e', script],
      readyTimeoutSeconds: 60,
      ...service,
    }),
    variant: variantSchema.parse({ name: 'one', ...variant }),
    port,
    connections: {
      mysqlUrl: 'mysql://nowhere',
      redisUrl: 'redis://nowhere',
      memcachedUrl: 'memcached://nowhere',
      smtpUrl: 'smtp://nowhere',
      nginxPath: null,
      otlpUrl: 'http://127.0.0.1:1',
    },
    runId: 'test',
    round: '1',
    logFile: join(folder, `${starts}.log`),
    ...rest,
  };
  return startService(processes, spec, signal);
}

/** Of the services that these tests start: their working folder is the test's. */
function membersIn(path: string): number[] {
  return allProcesses()
    .filter(({ pid }) => markOf(pid) !== null && workingFolderOf(pid) === path)
    .map(({ pid }) => pid);
}

function workingFolderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function failure(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DynoError, String(error));
    assert.match(error.message, message);
    assert.equal(error.exitCode, exitCodes.invalid);
    return true;
  };
}

async function serve(status: number): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
