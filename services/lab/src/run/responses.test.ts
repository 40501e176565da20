import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import type { Experiment } from '@dyno/contracts/experiment';
import { responsesFileSchema, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { differencesOf, parsePath, pathText } from './answers.ts';
import { startRecorder } from './recorder.ts';
import { askTwice, compareAnswers, listedRequests, replayable } from './responses.ts';

const servers: Server[] = [];
const signal = AbortSignal.timeout(30_000);

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('variants that answer the same bytes differ in nothing', async () => {
  const page = json({ items: [{ id: 1, price: 2 }] });
  const file = await compare(page, page);
  assert.deepEqual(file, { schemaVersion, compared: 1, missing: '', differing: [] });
});

test('a variant that answers 200 with an error inside is caught', async () => {
  const file = await compare(json({ items: [1] }), json({ error: 'no database' }));
  assert.deepEqual(
    file.differing.map(({ kind, path, baseline, candidate }) => [kind, path, baseline, candidate]),
    [
      ['body', '$.items', '[1]', '(missing)'],
      ['body', '$.error', '(missing)', '"no database"'],
    ],
  );
});

test('status, type and text are compared too', async () => {
  const text =
    (status: number, type: string, body: string) => (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(status, { 'content-type': type }).end(body);
  const kinds = async (candidate: ReturnType<typeof text>) =>
    (await compare(text(200, 'text/html; charset=utf-8', '<p>one</p>'), candidate)).differing.map(
      ({ kind, baseline, candidate: other }) => [kind, baseline, other],
    );
  assert.deepEqual(await kinds(text(404, 'text/html', '')), [['status', '200', '404']]);
  assert.deepEqual(await kinds(text(200, 'text/plain', '<p>one</p>')), [['type', 'text/html', 'text/plain']]);
  assert.deepEqual(await kinds(text(200, 'text/html', '<p>two</p>')), [['body', '<p>one</p>', '<p>two</p>']]);
  assert.deepEqual(await kinds(text(200, 'text/html', '<p>one</p>')), []);
});

test('the order of names and the layout do not count; ignored paths do not either', async () => {
  const raw = (body: string) => (_: IncomingMessage, response: ServerResponse) =>
    response.setHeader('content-type', 'application/json').end(body);
  const baseline = raw('{"a":1,"list":[{"id":"x","n":1},{"id":"y","n":2}]}');
  const candidate = raw('{ "list": [ {"n":1,"id":"v"}, {"n":2,"id":"w"} ], "a": 1.0 }');
  assert.equal((await compare(baseline, candidate)).differing.length, 2);
  assert.deepEqual((await compare(baseline, candidate, ['$.list[*].id'])).differing, []);
  const file = await compare(baseline, json({ entirely: 'other' }), null);
  assert.deepEqual(file.differing, []);
  assert.match(file.missing, /bodies were not compared/);
});

test('what a variant answers differently by itself is left out, and said', async () => {
  let now = 0;
  const clock = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
    now += 1;
    return json({ name, items: [{ at: now }, { at: now }] })(request, response);
  };
  const same = await compare(clock('a'), clock('a'));
  assert.deepEqual(same.differing, []);
  assert.match(same.missing, /differ from one answer to the next: \$\.items\[\*\]\.at/);
  const other = await compare(clock('a'), clock('b'));
  assert.deepEqual(
    other.differing.map(({ path }) => path),
    ['$.name'],
  );
});

test('a variant that breaks connections has no answer', async () => {
  const file = await compare(json(1), (request) => request.socket.destroy());
  assert.deepEqual(
    file.differing.map(({ kind, candidate }) => [kind, candidate]),
    [['status', '0']],
  );
});

test('requests that may change data are not made again', () => {
  const load: Experiment['load'] = {
    vus: 1,
    assigns: true,
    requests: [
      { target: '/a', method: 'GET', headers: { 'x-home': `${'$'}{HOME}` }, weight: 1 },
      { target: '/b', method: 'POST', headers: {}, body: '{}', weight: 1 },
      { target: 'https://example.org/', method: 'GET', headers: {}, weight: 1 },
    ],
  };
  const requests = listedRequests(load);
  assert.deepEqual(requests[0]?.headers, { 'x-home': process.env.HOME ?? '' });
  assert.deepEqual(
    replayable(requests).map(({ target }) => target),
    ['/a'],
  );
  const file = compareAnswers({ ignoreInResponses: [], load }, requests, { baseline: [], candidate: [] });
  assert.match(file.missing, /may change data: POST \/b;/);
  assert.match(file.missing, /an address that is neither variant's: GET https:\/\/example\.org\/$/);
});

test('the proxy notes different requests, and passes everything on', async () => {
  const seen: string[] = [];
  const upstream = await listen((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers['x-user'] ?? ''} ${body}`);
      response.writeHead(201, { 'x-answer': 'yes' }).end('made');
    });
  });
  const recorder = await startRecorder(upstream, 3);
  try {
    const post = { method: 'POST', body: '{"n":1}', headers: { 'x-user': 'a', traceparent: '00-1' } };
    const answer = await fetch(`${recorder.baseUrl}/orders?x=1`, post);
    assert.deepEqual(
      [answer.status, answer.headers.get('x-answer'), await answer.text()],
      [201, 'yes', 'made'],
    );
    for (const path of ['/a', '/a', '/b', '/c']) await (await fetch(recorder.baseUrl + path)).text();
    assert.deepEqual(
      recorder.requests.map(({ method, target, body }) => [method, target, body.toString()]),
      [
        ['POST', '/orders?x=1', '{"n":1}'],
        ['GET', '/a', ''],
        ['GET', '/b', ''],
      ],
    );
    assert.equal(recorder.requests[0]?.headers['x-user'], 'a');
    assert.equal(recorder.requests[0]?.headers.traceparent, undefined);
    assert.equal(seen[0], 'POST /orders?x=1 a {"n":1}');
    assert.equal(seen.length, 5);
  } finally {
    await recorder.close();
  }
});

test('paths are read and written', () => {
  for (const text of ['$', '$.a', '$.items[*].id', "$['odd name'][3]", '$.ärger-1[0]']) {
    assert.equal(pathText(parsePath(text)), text);
  }
  assert.deepEqual(parsePath('$.*.x'), [null, 'x']);
  for (const text of ['items', '$items', '$.', '$[x]', '$..a', '']) {
    assert.throws(
      () => parsePath(text),
      (error) => error instanceof DynoError && error.message.includes(`"${text}" is not a path`),
    );
  }
});

test('of a body with many differences a few are listed', () => {
  const answer = (numbers: number[]) => ({
    status: 200,
    type: 'application/json',
    body: Buffer.from(JSON.stringify(numbers)),
  });
  assert.equal(differencesOf(answer([1, 2, 3, 4, 5]), answer([5, 4, 9, 2, 1]), []).length, 3);
});

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

function json(value: unknown): Handler {
  return (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}

const load: Experiment['load'] = { scenario: 'k6/x.ts', vus: 1, assigns: false };

async function compare(baseline: Handler, candidate: Handler, ignore: string[] | null = []) {
  const recorded = [{ method: 'GET', target: '/page?n=1', headers: {}, body: Buffer.alloc(0) }];
  const answers = {
    baseline: await askTwice(await listen(baseline), recorded, signal),
    candidate: await askTwice(await listen(candidate), recorded, signal),
  };
  return responsesFileSchema.parse(compareAnswers({ ignoreInResponses: ignore, load }, recorded, answers));
}

async function listen(handler: Handler): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
