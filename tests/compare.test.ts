import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, test } from 'node:test';
import { type Report, reportSchema } from '@dyno/contracts/report';
import { until } from '../services/lab/src/run/fixtures/until.ts';
import { livingOf } from '../services/lab/src/run/processes.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { git, makeRepository, removeRepository } from './repository.ts';
import { project } from './shop.ts';

const settings = readSettings();
const cli = join(project, 'services/lab/src/cli.ts');
/** Two users: slow enough to leave the machine alone, and the variants are far enough apart for whatever else runs on it. */
const quick = [
  '--vus',
  '2',
  '--blocks',
  '3',
  '--warmup',
  '0.3',
  '--duration',
  '1',
  '--mode',
  'isolated',
  '--wait',
];
const bare = [...quick, '--no-trace'];
const short = [...bare, '--blocks', '2'];
let repository: string;
let results: string;

before(() => {
  repository = makeRepository();
  results = mkdtempSync(join(tmpdir(), 'dyno-compare-'));
});

/** Whatever happened: no process, no worktree, nothing in the repository. */
afterEach(async () => {
  assert.deepEqual(await livingOf(settings.home, 'run'), []);
  assertClean();
});

after(() => {
  removeRepository(repository);
  rmSync(results, { recursive: true, force: true });
});

test('two git refs of a CommonJS service: installed, measured, traced, and gone again', async () => {
  const { code, report, stderr } = await compare([
    'slow',
    'fast',
    '--url',
    '/items',
    '--trace',
    '1',
    ...quick,
    '--',
    'npm',
    'start',
  ]);
  assert.equal(report.verdict, 'improved', `${report.sentence}\n${stderr}`);
  assert.equal(code, 0);
  assert.match(stderr, /npm ci .*in slow/);
  assert.equal(report.experiment, 'stock');
  assert.match(report.candidate.title, /^fast \([0-9a-f]{10}\)$/);
  await assertTraced(report);
});

test('a folder of a large repository: Koa in ES modules, the work tree as the candidate', async () => {
  const { code, report, stderr } = await compare(
    ['slow', '.', '--url', '/', '--trace', '1', ...quick, '--', 'node', 'main.js'],
    join(repository, 'packages/web'),
  );
  assert.equal(report.verdict, 'improved', `${report.sentence}\n${stderr}`);
  assert.equal(code, 0);
  assert.equal(report.candidate.title, 'work tree');
  await assertTraced(report);
});

test('a cluster on a port of its own, from a file outside of any repository: its workers count', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-cluster-'));
  const file = join(folder, 'cluster.js');
  const port = settings.ports.serviceCandidate;
  writeFileSync(file, clusterOn(port));
  try {
    const { code, report } = await compare(
      ['--set', 'BURN_MS=40', '--on-port', String(port), '--cwd', folder, ...bare, '--', 'node', file],
      tmpdir(),
    );
    assert.equal(report.verdict, 'regressed', report.sentence);
    assert.equal(code, 1);
    const cpu = report.metrics.find(({ name }) => name === 'cpu.perRequest');
    assert.ok(
      (cpu?.candidate.estimate ?? 0) > 3,
      `workers burn 40 ms a request, seen are ${cpu?.candidate.estimate}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('two addresses of services that run already', async () => {
  const servers = await Promise.all([serve(0), serve(100)]);
  const [baseline, candidate] = servers.map(addressOf);
  try {
    // Of one millisecond a busy machine makes two: two blocks would not be certain.
    const { report } = await compare(['--baseline', `${baseline}`, '--candidate', `${candidate}`, ...bare]);
    assert.equal(report.verdict, 'regressed', report.sentence);
    const cpu = report.metrics.find(({ name }) => name === 'cpu.perRequest');
    assert.ok(cpu === undefined || cpu.ratio === null, 'the CPU of a service elsewhere is not known');
  } finally {
    for (const server of servers) server.close();
  }
});

test('a dyno.config.ts that dyno init wrote is measured, also in a CommonJS package', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-init-'));
  try {
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: '@a/b c', type: 'commonjs', main: 'app.js' }),
    );
    writeFileSync(
      join(folder, 'app.js'),
      `require('http').createServer((q, r) => r.end(process.env.EXAMPLE)).listen(process.env.PORT)`,
    );
    const wrote = await dyno(['init'], folder);
    assert.equal(wrote.code, 0, wrote.stderr);
    const path = join(folder, 'dyno.config.ts');
    const config = readFileSync(path, 'utf8');
    assert.match(config, /command: \['node', 'app\.js'\]/);
    writeFileSync(
      path,
      config
        .replace('tracePassSeconds: 5', 'tracePassSeconds: 0')
        .replace('ignoreInResponses: []', 'ignoreInResponses: null'),
    );
    const again = await dyno(['init'], folder);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /dyno\.config\.ts is there already/);
    const ran = await dyno(['run', '--json', ...short.filter((flag) => flag !== '--no-trace')], folder);
    const report = reportSchema.parse(JSON.parse(ran.stdout));
    assert.equal(report.experiment, 'a-b-c');
    assert.equal(ran.code, report.exitCode, ran.stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const refusals: { what: string; args: string[]; cwd?: string; message: RegExp }[] = [
  {
    what: 'a ref that is none',
    args: ['slow', 'nope', '--', 'npm', 'start'],
    message: /no git ref "nope".*fatal: Needed a single revision/s,
  },
  {
    what: 'a folder in no repository',
    args: ['a', 'b', '--', 'npm', 'start'],
    cwd: tmpdir(),
    message: /is in none:\nfatal: not a git repository/,
  },
  {
    what: 'no command',
    args: ['slow', 'fast'],
    cwd: 'packages',
    message: /What starts the service\? Say it behind --/,
  },
  {
    what: 'a command in place of refs',
    args: ['slow', 'fast', 'npm', 'start'],
    message: /More than two git refs.*behind --/,
  },
  { what: 'nothing that differs', args: ['--', 'npm', 'start'], message: /Nothing to compare/ },
  { what: 'half a pair', args: ['--baseline', 'node a.js'], message: /belong together/ },
  {
    what: 'an address against a command',
    args: ['--baseline', 'http://127.0.0.1:1', '--candidate', 'node a.js'],
    message: /Either both are addresses/,
  },
  {
    what: 'a pair without a value',
    args: ['--set', 'CACHE', '--', 'npm', 'start'],
    message: /--set CACHE: write KEY=value/,
  },
  {
    what: 'a bad threshold',
    args: ['--set', 'A=1', '--threshold', 'p95<3', '--', 'npm', 'start'],
    message: /thresholds\.0: not a threshold/,
  },
  {
    what: 'a bad pattern',
    args: ['--set', 'A=1', '--ready', '(', '--', 'npm', 'start'],
    message: /service\.readyPattern: .*Unterminated group/,
  },
];

for (const { what, args, cwd, message } of refusals) {
  test(`${what} is refused before anything starts`, async () => {
    const { code, stdout, stderr } = await dyno(['compare', ...args], resolve(repository, cwd ?? '.'));
    assert.match(stderr, message);
    assert.equal(code, 2, stdout);
  });
}

const failures: { ref: string; what: string; message: RegExp }[] = [
  {
    ref: 'no-checkout',
    what: 'a ref that git cannot check out',
    message: /checkout of no-checkout .*fatal: large\.bin: smudge filter broken failed/s,
  },
  {
    ref: 'bad-lock',
    what: 'a lock file that npm ci refuses',
    message: /installing bad-lock \(npm ci .*package-lock\.json.*--install "npm install"/s,
  },
  {
    ref: 'dead',
    what: 'a ref that does not start',
    message: /stock \(candidate\) ended with code 1 before it was ready.*Error: no such table: items/s,
  },
  {
    ref: 'dies',
    what: 'a ref that dies under load',
    message: /candidate.*(?:ended with code 9).*out of stock/s,
  },
  { ref: 'chatty', what: 'a ref that prints megabytes', message: /more than 64 MiB/ },
];

for (const { ref, what, message } of failures) {
  test(`${what} ends the run with its own words`, async () => {
    const { code, stderr } = await dyno([
      'compare',
      'fast',
      ref,
      '--url',
      '/items',
      ...bare,
      '--',
      'node',
      'server.js',
    ]);
    assert.match(stderr, message);
    assert.equal(code, 4);
  });
}

test('a taken port is told with its owner', async () => {
  const server = createServer().listen(settings.ports.service, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { code, stderr } = await dyno(['compare', '--set', 'A=1', ...bare, '--', 'node', 'server.js']);
    assert.match(
      stderr,
      new RegExp(`Port ${settings.ports.service} \\(service\\) is taken by process ${process.pid}`),
    );
    assert.equal(code, 2);
  } finally {
    server.close();
  }
});

test('Ctrl-C and kill -9 leave no worktree; the run goes on by itself', async () => {
  const args = ['compare', 'no-lock', 'fast', '--url', '/items', ...short, '--', 'npm', 'start'];
  const interrupted = start(args);
  const messages = text(interrupted.stderr ?? assert.fail());
  await untilCheckedOut(interrupted);
  interrupted.kill('SIGINT');
  assert.deepEqual(await once(interrupted, 'exit'), [130, null]);
  assertClean();
  const [, runId = ''] = /--resume (\S+)/.exec(await messages) ?? [];

  const killed = start(['run', '--resume', runId, '--wait']);
  await untilCheckedOut(killed);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await until('nothing of it lives', async () => (await livingOf(settings.home, 'run')).length === 0);
  const status = await dyno(['status']);
  assert.match(status.stderr, new RegExp(`removed the checkouts that run ${runId} has left behind`));
  assertClean();

  const resumed = await dyno(['run', '--resume', runId, '--json', '--wait']);
  const report = reportSchema.parse(JSON.parse(resumed.stdout));
  assert.equal(report.runId, runId);
  assert.equal(report.blocks, 2, resumed.stderr);
  assert.match(resumed.stderr, /npm install .*in no-lock/);
});

/** However long it waits for another measurement on this machine. */
async function untilCheckedOut(child: ChildProcess): Promise<void> {
  const bothAreThere = () => {
    assert.equal(child.exitCode, null, 'it ended before both refs were checked out');
    return checkouts().length === 2;
  };
  await until('both are checked out', bothAreThere, 600_000);
}

function assertClean(): void {
  assert.equal(git(repository, 'worktree', 'list').trim().split('\n').length, 1);
  assert.equal(git(repository, 'status', '--porcelain'), '');
  assert.deepEqual(checkouts(), []);
}

/** Worktrees of all runs. */
function checkouts(): string[] {
  const folder = join(settings.home, 'checkouts');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => readdirSync(join(folder, entry.name), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

async function assertTraced({ runId }: Report): Promise<void> {
  const { traces, missing } = await (await RunFolder.open(results, runId)).read('evidence.json');
  assert.deepEqual(missing, []);
  assert.deepEqual([...new Set(traces.map(({ variant }) => variant))], ['baseline', 'candidate']);
}

async function compare(
  args: string[],
  cwd = repository,
): Promise<{ code: number | null; report: Report; stderr: string }> {
  const { code, stdout, stderr } = await dyno(['compare', '--json', ...args], cwd);
  assert.notEqual(stdout, '', stderr);
  return { code, report: reportSchema.parse(JSON.parse(stdout)), stderr };
}

async function dyno(
  args: string[],
  cwd = repository,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(args, cwd);
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([
    text(child.stdout ?? assert.fail()),
    text(child.stderr ?? assert.fail()),
  ]);
  const [code] = await exited;
  return { code, stdout, stderr };
}

function start(args: string[], cwd = repository): ChildProcess {
  return spawn(process.execPath, [cli, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DYNO_RESULTS: results },
  });
}

/** It does not know PORT; only its workers work. */
function clusterOn(port: number): string {
  return `const cluster = require('cluster');
if (cluster.isPrimary) for (let worker = 0; worker < 2; worker += 1) cluster.fork();
else require('http').createServer((request, response) => {
  const until = performance.now() + Number(process.env.BURN_MS ?? 1);
  while (performance.now() < until);
  response.end('ok');
}).listen(${port}, '127.0.0.1');
`;
}

async function serve(delayMs: number): Promise<Server> {
  const server = createServer((_, response) => setTimeout(() => response.end('ok'), delayMs));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : assert.fail();
}
