import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { allOptimizations } from './optimizations/choice.ts';
import {
  type Caller,
  Client,
  type Customer,
  plantCanaries,
  removeCanaries,
  signIn,
} from './testing/canaries.ts';
import { assertStoresAreClean, dumped } from './testing/dumps.ts';
import { Http2Client } from './testing/http2Client.ts';
import { hunt, type Place, placesOf, ways } from './testing/hunt.ts';
import { ordersOfAnother } from './testing/orderHunt.ts';
import { lowPort } from './testing/ports.ts';
import { startShopProcess } from './testing/process.ts';
import { forgetCachedAnswers, forgetJobs, testServers } from './testing/servers.ts';
import { seedTestDatabase, startShop, untilReady } from './testing/shop.ts';
import { until } from './testing/until.ts';

/** The hunt of canaries.test.ts where nginx stands in front: it balances, keeps connections, ends TLS, and keeps no answer. CANARIES=long tries all ways on all routes. */
const isLong = process.env.CANARIES === 'long';
const anonymous: Caller = { name: 'somebody', id: null, canary: null, headers: {} };
const folders: string[] = [];
let customers: Customer[];

before(seedTestDatabase);
beforeEach(async () => {
  await forgetCachedAnswers();
  customers = await plantCanaries();
});
after(async () => {
  await removeCanaries();
  await forgetJobs();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

test('behind nginx, by HTTP/1.1 and by HTTP/2: nobody receives what is of another, and nginx keeps nothing of anybody', {
  timeout: 600_000,
}, async (context) => {
  const folder = await newFolder();
  const shop = await startShopProcess(allOptimizations(), {
    HTTPS_PORT: '0',
    REDIS_TIMEOUT_MS: '5000',
    TMPDIR: folder,
    // What everybody may see lies where it would lie without that folder.
    SHOP_STATIC: join(tmpdir(), `shop-static-${userInfo().uid}`),
  });
  context.after(() => shop.close());
  await untilReady(shop);
  const callers = [...customers, anonymous];
  for (const [client, waysTo] of [
    [new Client(shop.url), ({ route }: Place) => (isLong || route === '/account' ? ways : ways.slice(0, 1))],
    // All callers on one connection.
    [new Http2Client(`https://127.0.0.1:${shop.httpsPort}`), () => (isLong ? ways : ways.slice(0, 1))],
  ] as const) {
    context.after(() => client.close());
    for (const customer of customers) await signIn(client, customer);
    assert.deepEqual(await hunt(client, callers, placesOf(customers), waysTo), []);
  }
  const client = new Client(shop.url);
  context.after(() => client.close());
  assert.deepEqual(await ordersOfAnother(client, customers, anonymous), []);
  const stores = { answers: [], memcachedUrl: null, folder };
  await assertStoresAreClean(stores, customers, allOptimizations());
  const { held } = await dumped(stores, customers);
  assert.ok(held.some(({ key }) => key.endsWith('nginx.conf')));
});

test('the hunt finds a leak: an nginx that keeps all answers', async (context) => {
  const shop = await startShop(['indexes', 'connection-pool', 'view-cache']);
  context.after(() => shop.close());
  await untilReady(shop);
  const folder = await newFolder();
  const client = new Client(await startKeepingNginx(context, folder, shop.url));
  context.after(() => client.close());
  for (const customer of customers) await signIn(client, customer);
  const account = placesOf(customers).filter(({ route }) => route === '/account');
  const found = await hunt(client, [...customers, anonymous], account, () => ways.slice(0, 1));
  assert.ok(
    found.some((line) => /got what is (Ada|Bob)'s/.test(line)),
    found.join('\n'),
  );
  const { found: kept } = await dumped({ answers: [], memcachedUrl: null, folder }, customers);
  assert.ok(
    kept.some((line) => line.startsWith('files: ')),
    kept.join('\n'),
  );
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shop-hunted-'));
  folders.push(folder);
  return folder;
}

/** As a mistake would: what the service says about keeping its answers is not listened to. */
async function startKeepingNginx(context: TestContext, folder: string, to: string): Promise<string> {
  const port = await lowPort();
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await mkdir(join(folder, 'tmp'));
  await writeFile(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr crit;
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/tmp/${kind};`).join(' ')}
  proxy_cache_path ${folder}/kept keys_zone=kept:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${to};
      proxy_cache kept;
      proxy_cache_valid any 1m;
      proxy_ignore_headers Cache-Control Set-Cookie Vary Expires;
    }
  }
}
`,
  );
  const nginx = spawn(testServers().nginxPath, ['-p', folder, '-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(nginx, 'exit');
  context.after(async () => {
    nginx.kill('SIGTERM');
    await exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await until(() =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return url;
}
