import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import type { Database, Session } from './db/database.ts';
import type { Import } from './imports/imports.ts';
import { writeRowByRow } from './imports/writeRows.ts';
import { importProducts } from './jobs/importProducts.ts';
import { JobInterrupted } from './jobs/job.ts';
import { performJob } from './jobs/perform.ts';
import { writeBatch } from './optimizations/batchedImport.ts';
import type { OptimizationName } from './optimizations/index.ts';
import { bearer, staff } from './testing/callers.ts';
import { rowsOf, seedOrdersDatabase, startOrdersShop, waitingJob, worker } from './testing/orders.ts';
import type { Answer, TestShop } from './testing/shop.ts';

const header = 'sku,name,summary,category,price_cents,stock,weight_grams';
const seeded = 2000;

before(seedOrdersDatabase);
beforeEach(forgetImports);

const ways: readonly { name: string; on: readonly OptimizationName[] }[] = [
  { name: 'row by row', on: [] },
  { name: 'in batches', on: ['batched-import', 'connection-pool', 'indexes'] },
];
for (const { name, on } of ways) {
  describe(name, () => {
    test('known products are changed, new ones added, bad rows named; counts and words follow', async (context) => {
      const shop = await startOrdersShop(on);
      context.after(() => shop.close());
      const description = (await rowsOf(shop, 'select description from products where id = 5'))[0]
        ?.description;
      const answer = await upload(shop, [
        'SKU-0000005,Renamed Lamp 5,"Bright, quiet.",lighting,1234,17,500',
        'NEW-1,"Zebra ""Deluxe""",Striped zebra for the garden.,garden,999,3,100',
        'NEW-2,Nothing,,nowhere,999,3,100',
        'NEW-3,Cheap,Too cheap.,garden,-1,3,100',
        'NEW-4,Short',
        'NEW-1,Zebra Deluxe,Striped zebra for the garden.,garden,1000,4,100',
      ]);
      assert.equal(answer.status, 202, answer.body);
      const done: Import = JSON.parse(answer.body);
      assert.deepEqual([done.state, done.rowsDone, done.rowsRefused], ['done', 3, 3]);
      assert.deepEqual(done.problems, [
        { row: 3, message: 'category "nowhere" does not exist' },
        { row: 4, message: 'price_cents must be a whole number from 0 to 10000000' },
        { row: 5, message: 'has 2 cells instead of 7' },
      ]);
      const renamed = await shop.json<Record<string, unknown>>('/products/5');
      assert.deepEqual(
        [renamed.name, renamed.stock, renamed.description],
        ['Renamed Lamp 5', 17, description],
      );
      const found = await shop.json<{ items: { name: string; price: { cents: number } }[] }>(
        '/products?q=zebra%20striped',
      );
      assert.deepEqual(
        found.items.map((item) => [item.name, item.price.cents]),
        [['Zebra Deluxe', 1000]],
      );
      await assertKeptCountsAndWords(shop);
      assert.deepEqual(await rowsOf(shop, 'select * from import_parts'), []);
    });

    test('ended in the middle it goes on there, and a row is never two products', async (context) => {
      const shop = await startOrdersShop([...on, 'queued-import']);
      context.after(() => shop.close());
      const answer = await upload(shop, newProducts(2500));
      assert.equal(JSON.parse(answer.body).state, 'queued');
      const outboxId = await waitingJob(shop, 'import');
      const path = answer.headers.get('location') ?? '';
      const first = worker([...on, 'queued-import']);
      const stop = new AbortController();
      stop.abort();
      await assert.rejects(
        performJob(first.jobs, { ...first.deps, signal: stop.signal }, 'import', outboxId),
        JobInterrupted,
      );
      await first.close();
      const half = await shop.json<Import>(path, { headers: await staff() });
      assert.deepEqual([half.state, half.rowsDone], ['running', 1000]);
      const second = worker([...on, 'queued-import']);
      await performJob(second.jobs, { ...second.deps, signal: never() }, 'import', outboxId);
      await second.close();
      await assertImported(shop, path, 2500);
    });
  });
}

test('rows with long texts go in as many statements as the database takes', async (context) => {
  const shop = await startOrdersShop(['batched-import']);
  context.after(() => shop.close());
  const long = 'ö'.repeat(15_900);
  const rows = newProducts(270).map((row) => `${row},${long},${long}`);
  const answer = await send(shop, [`${header},description,specification`, ...rows].join('\n'));
  assert.equal(answer.status, 202, answer.body);
  await assertImported(shop, answer.headers.get('location') ?? '', 270);
});

test('a file of a hundred thousand rows is imported, all of it', async (context) => {
  const shop = await startOrdersShop(['batched-import', 'connection-pool', 'indexes']);
  context.after(() => shop.close());
  // Of one word each: what takes long in it are the words.
  const rows = Array.from(
    { length: 100_000 },
    (_, index) => `NEW-${index},Thing,,garden,${100 + index},5,100`,
  );
  const answer = await upload(shop, rows);
  assert.equal(answer.status, 202, answer.body);
  await assertImported(shop, answer.headers.get('location') ?? '', rows.length);
});

test('delivered three times at once, an import is done once', async (context) => {
  const on = ['queued-import', 'batched-import', 'indexes'] as const;
  const shop = await startOrdersShop(on);
  context.after(() => shop.close());
  const answer = await upload(shop, newProducts(1500));
  const outboxId = await waitingJob(shop, 'import');
  const workers = [worker(on), worker(on), worker(on)];
  await Promise.allSettled(
    workers.map(({ jobs, deps }) => performJob(jobs, { ...deps, signal: never() }, 'import', outboxId)),
  );
  for (const { close } of workers) await close();
  await assertImported(shop, answer.headers.get('location') ?? '', 1500);
});

for (const writeRows of [writeRowByRow, writeBatch]) {
  test(`${writeRows.name}: whoever was taken for gone writes no further, and nothing is there twice`, async (context) => {
    const on = ['queued-import'] as const;
    const shop = await startOrdersShop(on);
    context.after(() => shop.close());
    const answer = await upload(shop, newProducts(2500));
    const outboxId = await waitingJob(shop, 'import');
    const { deps, jobs, close } = worker(on);
    context.after(close);
    let chunks = 0;
    const robbed = importProducts(async (...written) => {
      chunks += 1;
      if (chunks === 2) await rowsOf(shop, `update imports set owner = 'another', until = null`);
      await writeRows(...written);
    });
    await assert.rejects(robbed({ ...deps, signal: never() }, outboxId), /taken over by another process/);
    assert.equal(chunks, 2);
    await performJob(jobs, { ...deps, signal: never() }, 'import', outboxId);
    await assertImported(shop, answer.headers.get('location') ?? '', 2500);
  });
}

test('a file of which a part cannot be read ends the try, and nothing else', async (context) => {
  const on = ['queued-import', 'batched-import'] as const;
  const shop = await startOrdersShop(on);
  context.after(() => shop.close());
  const answer = await upload(shop, newProducts(9000));
  const outboxId = await waitingJob(shop, 'import');
  const { deps, jobs, close } = worker(on);
  context.after(close);
  const torn: Database = {
    ...deps.database,
    use: (work) => deps.database.use((session) => work(withoutSecondPart(session))),
  };
  await assert.rejects(
    performJob(jobs, { ...deps, database: torn, signal: never() }, 'import', outboxId),
    /the disk is gone/,
  );
  await performJob(jobs, { ...deps, signal: never() }, 'import', outboxId);
  await assertImported(shop, answer.headers.get('location') ?? '', 9000);
});

test('two imports of the same new products take turns: each product is there once', async (context) => {
  const shop = await startOrdersShop(['batched-import']);
  context.after(() => shop.close());
  const answers = await Promise.all([upload(shop, newProducts(1200)), upload(shop, newProducts(1200))]);
  for (const answer of answers) assert.equal(JSON.parse(answer.body).state, 'done');
  const [row] = await rowsOf(shop, 'select count(*) n, count(distinct sku) skus from products');
  assert.deepEqual([row?.n, row?.skus], [seeded + 1200, seeded + 1200]);
});

describe('what is no import', () => {
  const files: readonly { name: string; file: string; message: RegExp }[] = [
    {
      name: 'other columns',
      file: 'sku,title\nA,B\n',
      message: /missing: name.*unknown or repeated: "title"/,
    },
    { name: 'an open quote', file: `${header}\nA,"B\n`, message: /is no CSV/ },
    { name: 'an endless row', file: `${header}\nA,"${'x'.repeat(100_000)}"\n`, message: /is no CSV/ },
    {
      name: 'lines that end as nobody counts them',
      file: [header, 'OLD-1,One,,garden,1,1,1', 'OLD-2,Two,,garden,1,1,1'].join('\r'),
      message: /unknown or repeated/,
    },
  ];
  for (const { name, file, message } of files) {
    test(`${name}: the import fails and says why`, async (context) => {
      const shop = await startOrdersShop([]);
      context.after(() => shop.close());
      const failed: Import = JSON.parse((await send(shop, file)).body);
      assert.equal(failed.state, 'failed');
      assert.match(failed.problems[0]?.message ?? '', message);
      const [job] = await rowsOf(
        shop,
        `select state, reason from outbox where kind = 'import' order by id desc limit 1`,
      );
      assert.equal(job?.state, 'failed');
      assert.match(job?.reason, message);
    });
  }

  test('empty, too large, of another type, or of somebody who is no staff: nothing is kept', async (context) => {
    const shop = await startOrdersShop([]);
    context.after(() => shop.close());
    const kept = () =>
      rowsOf(
        shop,
        'select (select count(*) from imports) imports, (select count(*) from import_parts) parts',
      );
    const before = await kept();
    assert.equal((await send(shop, '')).status, 400);
    assert.equal((await send(shop, `${header}\n${'\n'.repeat(200_001)}`)).status, 413);
    assert.equal((await send(shop, header, { 'content-type': 'application/json' })).status, 415);
    assert.equal((await send(shop, header, await bearer(7))).status, 403);
    assert.deepEqual(await kept(), before);
    assert.equal((await shop.get('/imports/999', { headers: await staff() })).status, 404);
  });
});

function withoutSecondPart(session: Session): Session {
  return {
    rows: (sql, values = []) =>
      sql.includes('from import_parts') && values[1] === 1
        ? Promise.reject(new Error('the disk is gone'))
        : session.rows(sql, values),
    change: (sql, values) => session.change(sql, values),
    insert: (sql, values) => session.insert(sql, values),
    all: session.all,
  };
}

function upload(shop: TestShop, rows: readonly string[]): Promise<Answer> {
  return send(shop, `${[header, ...rows].join('\n')}\n`);
}

async function send(
  shop: TestShop,
  file: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return shop.get('/imports/products', {
    method: 'POST',
    headers: { ...(await staff()), 'content-type': 'text/csv', ...headers },
    body: file,
  });
}

function newProducts(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `NEW-${index},Brand New Thing ${index},Fresh from the press.,garden,${100 + index},5,100`,
  );
}

async function assertImported(shop: TestShop, path: string, rows: number): Promise<void> {
  const done = await shop.json<Import>(path, { headers: await staff() });
  assert.deepEqual([done.state, done.rowsDone, done.rowsRefused], ['done', rows, 0]);
  const [row] = await rowsOf(shop, 'select count(*) n, count(distinct sku) skus from products');
  assert.deepEqual([row?.n, row?.skus], [seeded + rows, seeded + rows]);
  await assertKeptCountsAndWords(shop);
}

async function assertKeptCountsAndWords(shop: TestShop): Promise<void> {
  const wrong = await rowsOf(
    shop,
    `select k.category_id from category_counts k
     where k.products <> (select count(*) from products p where p.category_id = k.category_id)`,
  );
  assert.deepEqual(wrong, []);
  const unspoken = await rowsOf(
    shop,
    `select p.id from products p where p.sku like 'NEW-%'
     and not exists (select 1 from product_words w where w.product_id = p.id and w.word = lower(substring_index(p.name, ' ', 1)))`,
  );
  assert.deepEqual(unspoken, []);
}

/** Cheaper than seeding anew: what the tests before this one added. */
async function forgetImports(): Promise<void> {
  for (const optimizations of [new Set<OptimizationName>(), new Set<OptimizationName>(['indexes'])]) {
    for (const statement of [
      `delete from products where id > ${seeded}`,
      `delete from product_words where product_id > ${seeded}`,
      `update category_counts k set products = (select count(*) from products p where p.category_id = k.category_id)`,
      'truncate table imports',
      'truncate table import_parts',
      'truncate table outbox',
    ]) {
      await rowsOf({ optimizations }, statement);
    }
  }
}

function never(): AbortSignal {
  return new AbortController().signal;
}
