import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFinishedRun, writeStartedRun } from '../runFolders.ts';
import {
  cookieOf,
  open,
  options,
  portOf,
  post,
  raw,
  stream,
  until,
  withCode,
  withDashboard,
} from './dashboard.ts';

const dashboard = withDashboard((results) => writeFinishedRun(results, { id: 'improved' }));
/** Whatever a name, a title or a log line of a measured service can be made of. */
const hostile = '"><img src=x onerror="globalThis.acted=1"><script>globalThis.acted=1</script></script><!--';

test('a hostile run folder does no harm', options, async () => {
  const page = `<!doctype html><body><script>
    const said = globalThis.said = [];
    for (const act of [() => parent.document.title, () => localStorage.length, () => { top.location = 'http://127.0.0.1:9/' }])
      try { act(); said.push('acted'); } catch { said.push('refused'); }
    fetch('/runs/improved/files/report.json').then(() => said.push('acted'), () => said.push('refused'));
    new Image().src = 'http://127.0.0.1:9/leak';
  </script>${hostile}`;
  const [folder, results] = [dashboard.folder(), dashboard.results()];
  const evil = join(folder, 'evil.html');
  await writeFile(evil, page);
  await writeFinishedRun(results, {
    id: 'hostile',
    title: `GET ${hostile}`,
    text: hostile,
    flamegraph: evil,
  });
  await writeFile(join(folder, 'secret.json'), '"the secret"');
  await symlink(join(folder, 'secret.json'), join(results, 'hostile/metrics.json'));
  await mkdir(join(results, 'hostile/log'), { recursive: true });
  await writeFile(join(results, 'hostile/log/service.log'), `${hostile}\n`);
  await symlink(join(folder, 'secret.json'), join(results, 'hostile/log/link.log'));
  await symlink(folder, join(results, 'outside'));
  const huge = await writeStartedRun(results, { id: 'huge', rounds: 1, progress: { state: 'finished' } });
  await writeFile(join(huge.folder, 'report.json'), '');
  await truncate(join(huge.folder, 'report.json'), 2 ** 31);

  for (const path of [
    '/',
    '/runs/hostile',
    '/runs/hostile/why',
    '/runs/hostile/method',
    '/runs/hostile/files',
    '/runs/hostile/traces/naive-p50',
    '/experiments/products',
    '/compare?a=hostile&b=improved',
    '/new?repeat=hostile',
    '/profiles',
  ]) {
    await using opened = await open(path, {}, { expectBlocked: true });
    assert.equal(await opened.page.evaluate(() => Reflect.get(globalThis, 'acted')), undefined, path);
    if (path !== '/runs/hostile/why') continue;
    const frame = opened.page.locator('iframe').first();
    await frame.scrollIntoViewIfNeeded();
    assert.deepEqual(
      await frame
        .contentFrame()
        .locator('body')
        .evaluate(
          'new Promise((resolve) => { const look = () => said.length === 4 ? resolve(said) : setTimeout(look, 20); look(); })',
        ),
      ['refused', 'refused', 'refused', 'refused'],
    );
  }
  await using files = await open('/runs/hostile/files');
  await files.page.locator('summary').getByText('Logs').click();
  await files.page.getByRole('log').getByText('onerror').waitFor();
  assert.equal(await files.page.evaluate(() => Reflect.get(globalThis, 'acted')), undefined, 'a log is text');
  for (const [path, status] of [
    ['/runs/hostile/logs?source=run&name=link.log', 404],
    ['/runs/hostile/logs?source=run&name=..%2fplan.json', 404],
    ['/runs/hostile/logs?source=stack&name=..%2ftoken', 404],
    ['/runs/hostile/logs?source=home&name=a.log', 400],
    ['/runs/hostile/logs?source=run&name=service.log&from=-1', 400],
    ['/runs/hostile/files/metrics.json', 404],
    ['/runs/outside/files/secret.json', 404],
    ['/runs/outside', 404],
    ['/runs/..%2foutside', 404],
    ['/runs/..%2f..%2fsecret', 404],
    ['/runs/hostile/files/..%2f..%2fsecret.json', 404],
    ['/runs/hostile/files/%2e%2e/%2e%2e/secret.json', 404],
    ['/runs/hostile/traces/..%2f..%2f..%2fsecret', 404],
    ['/runs/huge/files/report.json', 413],
  ] as const) {
    const answer = await raw(path);
    assert.equal(answer.status, status, path);
    assert.ok(!answer.body.includes('the secret'), path);
  }
  assert.match((await raw('/runs/huge')).body, /more than the/);
});

test('another page in the same browser reaches nothing', options, async () => {
  const other = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(attacker(dashboard.url()));
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const context = await dashboard.browser().newContext();
  try {
    const page = await context.newPage();
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url().startsWith(dashboard.url())) statuses.push(response.status());
    });
    await page.goto(`http://127.0.0.1:${portOf(other)}/`);
    await page.waitForFunction('globalThis.outcome');
    const outcome = await page.evaluate('globalThis.outcome');
    assert.deepEqual(outcome, {
      fetch: 'refused',
      post: 'refused',
      start: 'refused',
      script: 'refused',
      image: 'refused',
      stream: 'refused',
    });
    // What the browser lets a foreign page see of the answers: a refused frame at the least.
    assert.ok(statuses.length > 0);
    for (const status of statuses) assert.ok(status === 403 || status === 405, String(status));
  } finally {
    await context.close();
    other.close();
  }
});

/** A page that tries every way to ask another address. */
function attacker(target: string): string {
  return `<!doctype html><title>other</title><body><script>
    const target = ${JSON.stringify(target)};
    const element = (tag, attribute, path) => new Promise((resolve) => {
      const node = document.createElement(tag);
      node.onload = () => resolve('loaded');
      node.onerror = () => resolve('refused');
      node[attribute] = target + path;
      document.body.append(node);
    });
    const asked = (path, how) => fetch(target + path, how).then(() => 'loaded', () => 'refused');
    (async () => {
      await asked('/', { mode: 'no-cors' });
      await element('iframe', 'src', '/');
      const outcome = {
        fetch: await asked('/runs/improved/files/report.json'),
        post: await asked('/', { method: 'POST', body: '{}' }),
        start: await asked('/actions/run', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' }, credentials: 'include' }),
        script: await element('script', 'src', '/runs/improved/files/report.json'),
        image: await element('img', 'src', '/icon.svg'),
      };
      const source = new EventSource(target + '/runs/improved/live');
      outcome.stream = await new Promise((resolve) => {
        source.onopen = () => resolve('loaded');
        source.onerror = () => resolve('refused');
      });
      source.close();
      globalThis.outcome = outcome;
    })();
  </script>`;
}

test('the gate stands in front of every route', options, async () => {
  const asset = /\/_next\/static\/[^"]+\.js/.exec((await raw('/')).body)?.[0];
  assert.ok(asset);
  for (const path of [
    '/',
    '/runs/improved',
    '/runs/improved/files/report.json',
    '/runs/improved/live',
    '/runs/improved/logs',
    '/new',
    '/profiles',
    '/profiles/compare',
    '/profiles/any/files/profiles/naive/flamegraph.html',
    '/actions/jobs/any',
    asset,
    '/icon.svg',
  ]) {
    assert.equal((await raw(path, { host: 'evil.example' })).status, 421, path);
    assert.equal((await raw(path, { origin: 'http://evil.example' })).status, 403, path);
    assert.equal((await raw(path, { 'sec-fetch-site': 'cross-site' })).status, 403, path);
  }
  assert.equal((await raw(asset)).status, 200);
  const { headers } = await raw('/');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /script-src 'nonce-[^']+' 'strict-dynamic'/);
  assert.ok(!policy.includes('unsafe-eval'));
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['access-control-allow-origin'], undefined);
});

const actions = ['/actions/run', '/actions/resume', '/actions/profile', '/actions/stop'];

test('only who was let in can start and stop, and only by our own pages', options, async () => {
  const cookie = await cookieOf();
  for (const path of actions) {
    for (const [what, headers, status] of [
      ['without the cookie', {}, 401],
      ['with a wrong cookie', { cookie: `${cookie.slice(0, -1)}x` }, 401],
      ['without an origin', { cookie, origin: undefined }, 403],
      ['of another origin', { cookie, origin: 'http://127.0.0.1:1' }, 403],
      ['of another site', { cookie, 'sec-fetch-site': 'same-site' }, 403],
      ['as another host', { cookie, host: 'evil.example' }, 421],
      ['as a form', { cookie, 'content-type': 'application/x-www-form-urlencoded' }, 415],
      ['as text', { cookie, 'content-type': 'text/plain' }, 415],
    ] as const)
      assert.equal((await post(path, {}, headers)).status, status, `${path} ${what}`);
    assert.equal((await post(path, {}, { cookie })).status, 400, `${path} with nothing in it`);
    assert.equal((await post(path, '{', { cookie })).status, 400, `${path} with half of it`);
    assert.equal((await post(path, ' '.repeat(20_000), { cookie })).status, 413, `${path} with too much`);
    assert.equal((await raw(path, { cookie })).status, 404, `${path} is not read`);
  }
  for (const path of ['/', '/new', '/runs/improved', '/actions', '/actions/other', '/actions/jobs/any'])
    assert.equal((await post(path, {}, { cookie })).status, 405, `${path} takes no writes`);
});

test('names that are none go no further', options, async () => {
  const cookie = await cookieOf();
  for (const name of [
    '../products',
    '-x',
    'a;b',
    'a\nb',
    'a\0',
    '',
    'x'.repeat(10_240),
    'nothing-of-that-name',
  ]) {
    const run = await post('/actions/run', { experiment: name }, { cookie });
    assert.equal(run.status, 400, name.slice(0, 20));
    const profile = await post('/actions/profile', { experiment: 'products', variant: name }, { cookie });
    assert.equal(profile.status, 400, name.slice(0, 20));
    for (const path of ['/actions/resume', '/actions/stop']) {
      const { status } = await post(path, { runId: name }, { cookie });
      assert.ok(status === 400 || status === 404, `${path} ${name.slice(0, 20)}: ${status}`);
    }
  }
  const unknown = await post('/actions/run', { experiment: 'products', command: 'id' }, { cookie });
  assert.equal(unknown.status, 400);
  // A finished run has no process, and nothing else is ended in its place.
  const { status, body } = await post('/actions/stop', { runId: 'improved' }, { cookie });
  assert.equal(status, 409);
  assert.match(body, /nothing to stop/);
});

test('an address of the command line lets one browser in, once', options, async () => {
  const path = await withCode('/runs/improved?p=95');
  const first = await raw(path);
  assert.equal(first.status, 303);
  assert.equal(first.headers.location, '/runs/improved?p=95');
  assert.match(String(first.headers['set-cookie']), /; HttpOnly; SameSite=Strict$/);
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
  const second = await raw(path);
  assert.equal(second.status, 401);
  assert.match(second.body, /was opened before.*npx dyno dashboard/);
  assert.equal((await raw(path, { cookie })).status, 303, 'who is in already stays in');
  assert.equal((await raw('/?token=guess')).status, 401);
  // Reading stays open on the loopback; what a page offers depends on the cookie, not on what a browser claims.
  const claimed = await raw('/new', { 'x-dyno-access': 'full' });
  assert.match(claimed.body, /npx dyno dashboard/);
  assert.ok(!claimed.body.includes('Start this run'));
  assert.match((await raw('/new', { cookie })).body, /Start this run/);
});

test('pages that leave give their stream back', options, async () => {
  // The twenty-first is refused while twenty follow; when they have gone there is room again.
  const followed = await Promise.all(Array.from({ length: 20 }, () => stream('/runs/improved/live')));
  assert.equal((await raw('/runs/improved/live')).status, 503);
  for (const one of followed) one.destroy();
  await until(async () => {
    const next = await stream('/runs/improved/live').catch(() => null);
    next?.destroy();
    return next !== null;
  });
});
