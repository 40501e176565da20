import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Changes } from '../cache/changes.ts';
import { customerTag, productTag } from '../cache/tags.ts';
import { readConfig } from '../config.ts';
import type { Database } from '../db/database.ts';
import { schemaName } from '../db/schema.ts';
import { createLog } from '../log.ts';
import { type OptimizationName, optimizationNames } from '../optimizations/index.ts';
import type { Part } from '../routes/health.ts';
import { forgetCachedAnswers, testDatabase, testServers } from '../testing/servers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { openAccountPage } from '../wiring/account.ts';
import { type Caches, openCaches } from '../wiring/caches.ts';
import { openDatabase } from '../wiring/database.ts';
import type { AccountPage } from './accountPage.ts';

before(seedTestDatabase);
beforeEach(forgetCachedAnswers);

interface Opened {
  page: AccountPage;
  database: Database;
  changes: Changes;
}

const opened: { caches: Caches; database: Database }[] = [];
after(async () => {
  for (const { caches, database } of opened) {
    caches.close();
    await database.close();
  }
});

/** Of the seeded regulars and of somebody who never ordered: known to all tests, changed by none. */
const regular = 7;
const nobody = 9_999_999;

for (const on of [
  ['batched-queries'],
  ['precompiled-templates'],
  ['fragment-cache'],
  ['view-cache'],
  ['fragment-cache', 'view-cache', 'precompiled-templates', 'connection-pool', 'indexes', 'batched-queries'],
] as const satisfies readonly (readonly OptimizationName[])[]) {
  test(`${on.join(', ')}: the same pages, cold and warm`, async () => {
    const { page: baseline } = await open([]);
    const { page } = await open(on);
    for (const id of [regular, 1999, nobody]) {
      const wanted = await htmlOf(baseline, id);
      for (const time of ['cold', 'warm']) assert.equal(await htmlOf(page, id), wanted, time);
    }
  });
}

test('a page shows what the database says of its customer', async () => {
  const { page, database } = await open([]);
  const html = await htmlOf(page, regular);
  const [customer] = await rows<{ name: string; email: string }>(
    database,
    `select name, email from customers where id = ${regular}`,
  );
  assert.ok(html.includes(customer?.email ?? '?') && html.includes(`Good to see you, ${customer?.name}.`));
  const [sums] = await rows<{ orders: number; cents: string }>(
    database,
    `select count(*) as orders, sum(total_cents) as cents from orders where customer_id = ${regular} and status <> 'cancelled'`,
  );
  assert.ok(Number(sums?.orders) >= 20);
  assert.ok(html.includes(`<p>${sums?.orders} orders, <span class="money" data-cents="${sums?.cents}">`));
  const [latest] = await rows<{ id: number }>(
    database,
    `select id from orders where customer_id = ${regular} order by created_at desc, id desc limit 1`,
  );
  assert.ok(html.includes(`Order ${latest?.id}`));
});

test('what a customer wrote is text, never markup', async () => {
  const { page, database } = await open([]);
  const id = 1998;
  const [{ bio } = { bio: '' }] = await rows<{ bio: string }>(
    database,
    `select bio from profiles where customer_id = ${id}`,
  );
  const evil = '<script>alert(1)</script>{{money 1}}"\'`';
  const write = (text: string) =>
    database.use((session) =>
      session.change('update profiles set bio = ? where customer_id = ?', [text, id]),
    );
  await write(evil);
  const html = await htmlOf(page, id);
  await write(bio);
  assert.ok(!html.includes('<script>'));
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;{{money 1}}&quot;&#x27;&#x60;'));
});

for (const on of [['view-cache'], ['fragment-cache'], ['view-cache', 'fragment-cache']] as const) {
  test(`${on.join(' and ')}: a change removes what shows it, from each process and for nobody else`, async () => {
    const here = await open(on);
    const there = await open(on);
    const id = 1997;
    const street = (text: string) =>
      here.database.use((session) =>
        session.change('update profiles set street = ? where customer_id = ?', [text, id]),
      );
    const [old] = await rows<{ street: string }>(
      here.database,
      `select street from profiles where customer_id = ${id}`,
    );
    const before = await htmlOf(there.page, id);
    const ofOther = await htmlOf(there.page, regular);
    await street('1 New Street');
    assert.equal(await htmlOf(there.page, id), before);
    await here.changes.publish({ kind: 'changed-here', tags: [customerTag(id)] });
    for (const { page } of [here, there]) {
      assert.match(await htmlOf(page, id), /1 New Street/);
      assert.equal(await htmlOf(page, regular), ofOther);
    }
    await street(old?.street ?? '');
    await here.changes.publish({ kind: 'changed-here', tags: [customerTag(id), productTag(1)] });
    assert.equal(await htmlOf(there.page, id), before);
  });
}

async function open(on: readonly OptimizationName[]): Promise<Opened> {
  assert.ok(on.every((name) => optimizationNames.includes(name)));
  const { mysqlUrl, redisUrl } = testServers();
  const config = readConfig({
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    REDIS_TIMEOUT_MS: '2000',
    SHOP_DATABASE: testDatabase,
    SHOP_OPTIMIZATIONS: on.join(','),
  });
  const schema = schemaName(testDatabase, config.optimizations.has('indexes'));
  const database = openDatabase(config, schema);
  const changes = new Changes();
  const caches = openCaches({ config, log: createLog('silent'), random: () => 0.5, changes, schema });
  opened.push({ caches, database });
  for (const part of caches.parts) await untilReached(part);
  return { page: openAccountPage(config, database, caches), database, changes };
}

async function untilReached(part: Part): Promise<void> {
  for (const deadlineMs = performance.now() + 10_000; performance.now() < deadlineMs; await nextTurn()) {
    if (
      await part.check().then(
        () => true,
        () => false,
      )
    )
      return;
  }
  assert.fail(`${part.name} was not reached within 10 s.`);
}

async function htmlOf(page: AccountPage, id: number): Promise<string> {
  return (await page.of(id)).body.toString();
}

function rows<Row>(database: Database, sql: string): Promise<Row[]> {
  return database.use((session) => session.rows<Row>(sql));
}
