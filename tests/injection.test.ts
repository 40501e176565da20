import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type Experiment, experimentSchema } from '@dyno/contracts/experiment';
import { keepTraces } from '../services/lab/src/evidence/traces.ts';
import { whyUntraced } from '../services/lab/src/evidence/untraced.ts';
import { noConnections } from '../services/lab/src/run/fixtures/connections.ts';
import { Processes } from '../services/lab/src/run/processes.ts';
import { type Service, startService } from '../services/lab/src/run/service.ts';
import { readNotes } from '../services/lab/src/run/telemetry.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { project, stackUrl } from './shop.ts';
import { readTrace } from './traces.ts';

/** Services that have never heard of OpenTelemetry, in folders of their own outside the project. */
interface Kind {
  name: string;
  files: Record<string, string>;
  command: string[];
  env?: Record<string, string>;
  /** Version of an @opentelemetry/api of its own. */
  api?: string;
  /** Name of its requests' span. */
  span: string;
  /** Spans of one request. */
  spans?: number;
  /** What it answers, besides its pid. */
  answer?: RegExp;
}

const plain = `createServer((request, response) => response.end(JSON.stringify({ pid: process.pid, argv: process.argv.length, heap: require('node:v8').getHeapStatistics().heap_size_limit }))).listen(process.env.PORT, process.env.HOST);`;
const cjs = `const { createServer } = require('node:http'); ${plain}`;
const esm = `import { createServer } from 'node:http'; import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); ${plain}`;
const ts = `import { createServer, type IncomingMessage } from 'node:http'; import { createRequire } from 'node:module'; const require: NodeJS.Require = createRequire(import.meta.url); ${plain}`;
const koa = `const app = new Koa(); const router = new Router();
router.get('/things/:id', (context) => { context.body = { pid: process.pid }; });
app.use(router.routes()); app.listen(process.env.PORT, process.env.HOST);`;
const cluster = `const cluster = require('node:cluster');
if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else { ${cjs} }`;
const ownSpans = `const { trace } = require('@opentelemetry/api'); const { createServer } = require('node:http');
createServer((request, response) => trace.getTracer('own').startActiveSpan('own work', (span) => { span.end(); response.end('{}'); })).listen(process.env.PORT, process.env.HOST);`;
const scripts = {
  start: 'node server.js',
  dev: 'node prepare.js && node server.js --watch-not',
};

const kinds: Kind[] = [
  { name: 'CommonJS', files: { 'server.js': cjs }, command: ['node', 'server.js'], span: 'GET' },
  { name: 'ES module', files: { 'server.mjs': esm }, command: ['node', 'server.mjs'], span: 'GET' },
  { name: 'TypeScript', files: { 'server.mts': ts }, command: ['node', 'server.mts'], span: 'GET' },
  {
    name: 'Koa, CommonJS',
    files: { 'server.js': `const Koa = require('koa'); const Router = require('@koa/router'); ${koa}` },
    command: ['node', 'server.js'],
    span: 'GET /things/:id',
  },
  {
    name: 'Koa, ES module',
    files: { 'server.mjs': `import Koa from 'koa'; import Router from '@koa/router'; ${koa}` },
    command: ['node', 'server.mjs'],
    span: 'GET /things/:id',
  },
  {
    name: 'as Express routes',
    files: {
      'server.js': `const { createServer } = require('node:http');
createServer((request, response) => { request.baseUrl = '/things'; request.route = { path: '/:id' }; response.end('{}'); }).listen(process.env.PORT, process.env.HOST);`,
    },
    command: ['node', 'server.js'],
    span: 'GET /things/:id',
  },
  {
    name: 'as Fastify tells its routes',
    files: {
      'server.js': `const { createServer } = require('node:http');
const handler = require('node:diagnostics_channel').channel('tracing:fastify.request.handler:start');
createServer((raw, response) => { handler.publish({ request: { raw }, route: { url: '/things/:id' } }); response.end('{}'); }).listen(process.env.PORT, process.env.HOST);`,
    },
    command: ['node', 'server.js'],
    span: 'GET /things/:id',
  },
  { name: 'a cluster', files: { 'server.js': cluster }, command: ['node', 'server.js'], span: 'GET' },
  {
    name: 'npm start',
    files: { 'server.js': cjs, 'package.json': JSON.stringify({ scripts }) },
    command: ['npm', 'start'],
    span: 'GET',
  },
  {
    name: 'npm run with two commands',
    files: { 'server.js': cjs, 'prepare.js': '', 'package.json': JSON.stringify({ scripts }) },
    command: ['npm', 'run', 'dev'],
    span: 'GET',
    answer: /"argv":3/,
  },
  {
    name: 'NODE_OPTIONS of its own',
    files: { 'server.js': cjs },
    command: ['node', 'server.js'],
    env: { NODE_OPTIONS: '--max-old-space-size=100' },
    span: 'GET',
    answer: /"heap":[1-3]\d{8}\b/,
  },
  {
    name: 'an older API of its own',
    files: { 'server.js': ownSpans },
    command: ['node', 'server.js'],
    api: '1.4.0',
    span: 'GET',
    spans: 2,
  },
  {
    name: 'a newer API of its own, whose spans are not ours to take',
    files: { 'server.js': ownSpans },
    command: ['node', 'server.js'],
    api: '1.99.0',
    span: 'GET',
    spans: 1,
  },
];

let folder: string;
let processes: Processes;
before(async () => {
  // A blank in the path, as on many people's machines.
  folder = mkdtempSync(join(tmpdir(), 'dyno injection '));
  processes = await Processes.open({
    home: join(folder, 'home'),
    owner: { kind: 'run', runId: 'injection' },
    reap: true,
  });
});
after(async () => {
  await processes.close();
  rmSync(folder, { recursive: true });
});

for (const kind of kinds) {
  test(`${kind.name}: its requests are traced, with no change to it`, {
    timeout: 60_000,
  }, async (context) => {
    const { service, traces, missing, exit } = await traced(context, kind);
    const isNpm = kind.command[0] === 'npm';
    assert.deepEqual(missing, []);
    const [median] = traces;
    const spans = median ? await readTrace(median.traceId, 5_000) : [];
    const root = spans.find(({ kind }) => kind === 'server');
    assert.equal(root?.name, kind.span);
    assert.equal(root?.attributes['url.path'], '/things/7');
    assert.equal(Number(root?.attributes['http.response.status_code']), 200);
    assert.equal(spans.length, kind.spans ?? 1, spans.map(({ name }) => name).join());
    // No listener of its own: the signal ends it, and the port with it.
    if (!isNpm) assert.equal(exit?.signal, 'SIGTERM');
    const notes = await readNotes(service.notesFile);
    const tools = notes.filter(({ state }) => state === 'left alone');
    assert.equal(tools.length, isNpm ? 1 : 0, JSON.stringify(notes));
  });
}

test('a measured round puts nothing into the service and tells it nothing', {
  timeout: 60_000,
}, async (context) => {
  const server = `const { createServer } = require('node:http');
createServer((request, response) => response.end(JSON.stringify(Object.keys(process.env).filter((name) => /^(OTEL_|NODE_OPTIONS|DYNO_)/.test(name))))).listen(process.env.PORT, process.env.HOST);`;
  const kind = { name: 'measured', files: { 'server.js': server }, command: ['node', 'server.js'], span: '' };
  const service = await start(context, kind, { inject: false });
  const answer = (await (await fetch(service.baseUrl)).json()) as string[];
  assert.deepEqual(
    answer.filter((name) => !/^DYNO_(RUN|OWNER|MARK)/.test(name)),
    [],
  );
  assert.equal(service.notesFile, null);
});

test('what is no Node service runs as it is, and the reason is said', {
  timeout: 60_000,
}, async (context) => {
  const server = `import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{}')
    def log_message(self, *rest): pass
http.server.HTTPServer((os.environ['HOST'], int(os.environ['PORT'])), Answer).serve_forever()`;
  const kind = {
    name: 'Python',
    files: { 'server.py': server },
    command: ['python3', 'server.py'],
    span: '',
  };
  const { traces, service } = await traced(context, kind, 0);
  assert.deepEqual(traces, []);
  assert.match(whyUntraced('inject', await readNotes(service.notesFile)), /not a Node service/);
});

test('a service with an SDK of its own is left alone, and its log says so', {
  timeout: 60_000,
}, async (context) => {
  const dependencies = { '@opentelemetry/sdk-node': '*' };
  const kind = {
    name: 'own SDK',
    files: { 'server.js': cjs, 'package.json': JSON.stringify({ dependencies }) },
    command: ['node', 'server.js'],
    span: '',
  };
  const { traces, service, log } = await traced(context, kind, 0);
  assert.deepEqual(traces, []);
  assert.match(log, /^telemetry: the service has its own telemetry \(@opentelemetry\/sdk-node\)/m);
  assert.match(whyUntraced('inject', await readNotes(service.notesFile)), /has its own telemetry/);
});

for (const { ending, handler, expected } of [
  { ending: 'ends with its own code', handler: 'process.exit(7)', expected: 7 },
  {
    ending: 'goes on to what comes behind exit',
    handler: "process.exit(0); console.log('behind exit')",
    expected: 0,
  },
  { ending: 'closes and runs dry', handler: 'server.close()', expected: 0 },
] as const) {
  test(`SIGTERM to a traced service that ${ending}: as without us`, { timeout: 60_000 }, async (context) => {
    const server = `const { createServer } = require('node:http');
const server = createServer((request, response) => response.end('{}')).listen(process.env.PORT, process.env.HOST);
process.on('SIGTERM', () => { ${handler}; });`;
    const kind = {
      name: 'ending',
      files: { 'server.js': server },
      command: ['node', 'server.js'],
      span: 'GET',
    };
    const { traces, exit, log } = await traced(context, kind);
    assert.equal(exit?.code, expected);
    assert.equal(traces.length, 3);
    assert.doesNotMatch(log, /behind exit/);
  });
}

async function traced(context: TestContext, kind: Kind, patienceMs = 15_000) {
  const startMs = Date.now();
  const service = await start(context, kind, { inject: true });
  for (let asked = 0; asked < 3; asked += 1) {
    const response = await fetch(`${service.baseUrl}/things/7`, { headers: { connection: 'close' } });
    assert.equal(response.status, 200);
    const answer = await response.text();
    if (kind.answer) assert.match(answer, kind.answer);
  }
  const kept = await keepTraces(
    {
      jaegerUrl: stackUrl('JAEGER'),
      service: 'injected',
      runId: runId(kind),
      variant: 'plain',
      round: 'trace',
      startMs,
      endMs: Date.now() + 1_000,
      whyNone: '',
      patienceMs,
    },
    folder,
    new AbortController().signal,
  );
  await service.child?.stop();
  const exit = await service.child?.exited;
  return { service, exit, log: readFileSync(service.child?.logFile ?? '', 'utf8'), ...kept };
}

async function start(context: TestContext, kind: Kind, { inject }: { inject: boolean }): Promise<Service> {
  const cwd = mkdtempSync(join(folder, 'service '));
  for (const [name, text] of Object.entries(kind.files)) writeFileSync(join(cwd, name), text);
  provide(cwd, kind.api);
  const service = await startService(
    processes,
    {
      project: cwd,
      service: serviceOf(kind),
      variant: { name: 'plain', title: '', env: {} },
      // None of those that outgoing connections get: the questions whether it is ready would be such.
      port: readSettings().ports.service,
      connections: { ...noConnections, otlpUrl: stackUrl('OTLP') },
      runId: runId(kind),
      round: inject ? 'trace' : '1',
      logFile: join(cwd, 'service.log'),
      inject,
    },
    new AbortController().signal,
  );
  context.after(() => service.child?.stop());
  return service;
}

/** What npm would have installed there. */
function provide(cwd: string, api: string | undefined): void {
  const modules = join(cwd, 'node_modules');
  mkdirSync(join(modules, '@opentelemetry'), { recursive: true });
  for (const name of ['koa', '@koa']) symlinkSync(join(project, 'node_modules', name), join(modules, name));
  if (!api) return;
  const own = join(modules, '@opentelemetry/api');
  cpSync(join(project, 'node_modules/@opentelemetry/api'), own, { recursive: true });
  const file = join(own, 'dist/version.cjs');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"1\.\d+\.\d+"/, `"${api}"`));
}

function serviceOf({ command, env = {} }: Kind): Experiment['service'] {
  // Whether it is ready is asked as the requests are: that may be one of the spans found.
  const service = { name: 'injected', command, env, telemetry: 'inject', readyPath: '/things/7' };
  return experimentSchema.shape.service.parse(service);
}

function runId({ name }: Kind): string {
  return `injection-${process.pid}-${name.replace(/\W+/g, '-')}`.toLowerCase();
}
