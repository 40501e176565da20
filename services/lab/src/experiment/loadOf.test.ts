import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadSchema } from '@dyno/contracts/experiment';
import { DynoError } from '../errors.ts';
import { type LoadFlags, loadOf } from './loadOf.ts';

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-load-'));
  writeFileSync(join(folder, 'order.json'), '{"item":1}');
  writeFileSync(join(folder, 'headers.txt'), 'Accept: text/html\n\nX-Shop: a: b\n');
  writeFileSync(join(folder, 'picture.png'), Buffer.from([0x89, 0xff, 0xfe]));
  writeFileSync(join(folder, 'large.txt'), 'x'.repeat(70_000));
  writeFileSync(join(folder, 'plain.js'), "import http from 'k6/http';");
  writeFileSync(join(folder, 'drawing.ts'), "import { nextTarget } from '../lib/target.ts';");
});

after(() => rmSync(folder, { recursive: true }));

test('paths become requests, with method and weight', () => {
  const load = loadOf({ url: ['/products?page=2 3', 'post /orders', 'http://localhost:3000/a?b=1'] }, folder);
  assert.deepEqual(load, {
    vus: 10,
    assigns: true,
    requests: [
      { target: '/products?page=2', method: 'GET', headers: {}, weight: 3 },
      { target: '/orders', method: 'POST', headers: {}, weight: 1 },
      // The service under test has another port than the one that the user knows.
      { target: '/a?b=1', method: 'GET', headers: {}, weight: 1 },
    ],
  });
  assert.deepEqual(loadSchema.parse(load), load);
  const [other] = loadOf({ url: ['https://example.org/x'] }, folder).requests ?? [];
  assert.equal(other?.target, 'https://example.org/x');
});

test('body and headers come from the command line or from files', () => {
  const flags = { url: ['/orders', 'GET /orders'], body: '@order.json', header: ['A: 1', '@headers.txt'] };
  const headers = { A: '1', Accept: 'text/html', 'X-Shop': 'a: b' };
  assert.deepEqual(loadOf({ ...flags, vus: 3, rate: 20 }, folder), {
    vus: 3,
    ratePerSecond: 20,
    assigns: true,
    requests: [
      { target: '/orders', method: 'POST', headers, body: '{"item":1}', weight: 1 },
      { target: '/orders', method: 'GET', headers, weight: 1 },
    ],
  });
});

test('a script is found, and says itself whether it draws the variants', () => {
  assert.deepEqual(loadOf({ script: 'plain.js' }, folder), {
    vus: 10,
    scenario: join(folder, 'plain.js'),
    assigns: false,
  });
  const drawing = loadOf({ script: join(folder, 'drawing.ts'), vus: 4 }, folder);
  assert.equal(drawing.assigns, true);
  assert.equal(drawing.replacesOptions, true);
});

test('without a request or a script the load is the one of the experiment', () => {
  const base = loadSchema.parse({ scenario: 'k6/x.ts', vus: 50, ratePerSecond: 7 });
  assert.deepEqual(loadOf({}, folder, base), base);
  assert.deepEqual(loadOf({ rate: 9 }, folder, base), { ...base, ratePerSecond: 9, replacesOptions: true });
  // Users who wait for their answers, in place of the experiment's rate.
  const { ratePerSecond: _, ...closed } = base;
  assert.deepEqual(loadOf({ vus: 2 }, folder, base), { ...closed, vus: 2, replacesOptions: true });
  assert.deepEqual(loadOf({ url: ['/'], vus: 2 }, folder, base).ratePerSecond, undefined);
});

test('what cannot be a load is named, with the way out', () => {
  const refusals: [LoadFlags, RegExp][] = [
    [{}, /Which load\?.*--url.*--script/],
    [{ method: 'POST' }, /--method belongs to --url/],
    [{ url: ['products'] }, /products is neither a path nor an address.*--url \/products/],
    [{ url: ['/a 0'] }, /"\/a 0" is not a request/],
    [{ url: ['/a many'] }, /"\/a many" is not a request/],
    [{ url: ['/a b c'] }, /Blanks in a path are written %20/],
    [{ url: [''] }, /"" is not a request/],
    [{ url: ['BREW /tea'] }, /BREW is not a method.*GET, HEAD/],
    [{ url: ['/a'], method: 'nope' }, /NOPE is not a method/],
    [{ url: ['http://'] }, /http:\/\/ is not an address/],
    [{ url: ['/a'], method: 'GET', body: 'x' }, /--body: a GET request has none/],
    [{ url: ['/a'], body: '@none.json' }, /--body: .*none\.json cannot be read: there is no such file/],
    [{ url: ['/a'], body: '@picture.png' }, /picture\.png is not a text file/],
    [{ url: ['/a'], body: '@large.txt' }, /70000 bytes.*65536.*--script/],
    [{ url: ['/a', '/b'], body: 'x'.repeat(60_000) }, /12\d{4} bytes long together.*102400.*--script/],
    [{ url: ['/a'], header: ['no colon'] }, /"no colon" is not a header/],
    [{ url: ['/a'], header: ['@none.txt'] }, /--header: .*none\.txt cannot be read/],
    [{ script: 'plain.js', url: ['/a'], body: 'x' }, /leave out either --script or --url and --body/],
    [{ script: 'plain.py' }, /plain\.py is not a k6 script/],
    [{ script: 'none.js' }, /--script: .*none\.js cannot be read: there is no such file/],
  ];
  for (const [flags, message] of refusals) {
    assert.throws(
      () => loadOf(flags, folder),
      (error) => error instanceof DynoError && error.exitCode === 2 && message.test(error.message),
      `${JSON.stringify(flags)} ${message}`,
    );
  }
});
