import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { bearer, regularId } from '../testing/callers.ts';
import { seedTestDatabase, startShop } from '../testing/shop.ts';
import { design } from './designs.ts';
import { encodingFor } from './encoding.ts';
import { staticFolder } from './staticFolder.ts';

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shop-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('the folder is made once, whole, by several at the same time', async (t) => {
  const parent = await temporary(t);
  const [one, other] = await Promise.all([
    staticFolder({ parent, compressed: false }),
    staticFolder({ parent, compressed: false }),
  ]);
  assert.equal(one, other);
  const { ino } = await stat(one);
  assert.equal((await stat(await staticFolder({ parent, compressed: false }))).ino, ino);
  assert.deepEqual(await readdir(parent), [one.slice(parent.length + 1)]);
  assert.equal((await readdir(join(one, 'designs'))).length, 100);
  assert.deepEqual((await readdir(join(one, 'assets'))).sort(), [
    'shop.css',
    'swagger-ui-bundle.js',
    'swagger-ui.css',
  ]);
});

test('a picture is a WebP of 96 by 96 points, and the same each time', () => {
  const picture = design(7);
  assert.equal(picture.toString('latin1', 0, 4), 'RIFF');
  assert.equal(picture.readUInt32LE(4), picture.length - 8);
  assert.equal(picture.toString('latin1', 8, 16), 'WEBPVP8L');
  assert.equal(picture[20], 0x2f);
  const size = picture.readUInt32LE(21);
  assert.deepEqual([(size & 0x3fff) + 1, ((size >> 14) & 0x3fff) + 1], [96, 96]);
  assert.deepEqual(design(7), picture);
  assert.notDeepEqual(design(8), picture);
});

const accepted: readonly [header: string, encoding: string | null][] = [
  ['', null],
  ['identity', null],
  ['gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0, *', 'gzip'],
  ['GZIP;q=0', null],
  ['*', 'br'],
];
for (const [header, encoding] of accepted) {
  test(`Accept-Encoding: ${header || '(none)'} is answered with ${encoding ?? 'the bytes as they are'}`, () => {
    assert.equal(encodingFor(header, ['br', 'gzip']), encoding);
  });
}

describe('served by the service', () => {
  before(seedTestDatabase);

  test('pictures and assets, each by its type; what is not there is a problem', async (t) => {
    const shop = await startShop([]);
    t.after(() => shop.close());
    const picture = await fetch(`${shop.url}/images/products/107.webp`);
    assert.equal(picture.headers.get('content-type'), 'image/webp');
    assert.deepEqual(Buffer.from(await picture.arrayBuffer()), design(7));
    const sheet = await shop.get('/assets/shop.css');
    assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.equal(sheet.body, await readFile(new URL('../public/shop.css', import.meta.url), 'utf8'));
    for (const path of ['/assets/nothing.css', '/assets/__proto__', '/assets/..%2f..%2fmain.ts']) {
      assert.equal((await shop.get(path)).status, 404, path);
    }
    for (const path of ['/images/products/0.webp', '/images/products/1.png']) {
      assert.equal((await shop.get(path)).status, 400, path);
    }
  });

  for (const [encoding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    test(`${encoding}: the same content in fewer bytes, by both switches`, async (t) => {
      const plain = await startShop([]);
      t.after(() => plain.close());
      for (const optimization of ['compression', 'precompressed-static'] as const) {
        const shop = await startShop([optimization]);
        t.after(() => shop.close());
        const paths = ['/assets/shop.css', ...(optimization === 'compression' ? ['/products?limit=5'] : [])];
        for (const path of paths) {
          const { headers, bytes } = await rawBytes(shop.url + path, encoding);
          assert.equal(headers['content-encoding'], encoding, path);
          assert.match(headers.vary ?? '', /Accept-Encoding/, path);
          const whole = (await plain.get(path)).body;
          assert.equal(decode(bytes).toString(), whole, path);
          assert.ok(bytes.length < Buffer.byteLength(whole) / 2, path);
        }
      }
    });
  }

  test('a compressed answer has a weak validator, which still is a 304', async (t) => {
    const shop = await startShop(['compression', 'http-cache']);
    t.after(() => shop.close());
    const { headers } = await rawBytes(`${shop.url}/products?limit=5`, 'br');
    assert.match(headers.etag ?? '', /^W\/"/);
    const again = await shop.get('/products?limit=5', {
      headers: { 'accept-encoding': 'br', 'if-none-match': headers.etag ?? '' },
    });
    assert.equal(again.status, 304);
    assert.deepEqual(
      [again.headers.get('etag'), again.headers.get('vary')],
      [headers.etag, 'Accept-Encoding'],
      'it renews the answer that the client holds',
    );
  });

  test('what a route answers as an object is compressed like everything else', async (t) => {
    const shop = await startShop(['compression', 'indexes']);
    t.after(() => shop.close());
    const signedIn = await bearer(regularId);
    const whole = (await shop.get('/orders', { headers: signedIn })).body;
    const { headers, bytes } = await rawBytes(`${shop.url}/orders`, 'br', signedIn);
    assert.equal(headers['content-encoding'], 'br');
    assert.equal(brotliDecompressSync(bytes).toString(), whole);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  });

  test('short texts, pictures and whoever does not ask get the bytes as they are', async (t) => {
    const shop = await startShop(['compression']);
    t.after(() => shop.close());
    for (const path of ['/healthz', '/images/products/3.webp']) {
      const { headers } = await rawBytes(shop.url + path, 'br');
      assert.equal(headers['content-encoding'], undefined, path);
    }
    const { headers } = await rawBytes(`${shop.url}/products?limit=5`, 'identity');
    assert.equal(headers['content-encoding'], undefined);
  });
});

/** fetch would decode them. */
async function rawBytes(url: string, acceptEncoding: string, more: Record<string, string> = {}) {
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': acceptEncoding, ...more } }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { headers: response.headers, bytes: Buffer.concat(chunks) };
}
