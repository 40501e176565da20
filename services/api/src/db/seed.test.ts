import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import { testServers, withMysql } from '../testing/servers.ts';
import { rowCounts } from './recipes.ts';
import { tableNames } from './schema.ts';
import { seed } from './seed.ts';

/** Schemas of this file's own: they are broken on purpose. */
const prefix = 'shoptest_seed';
const schemas = [`${prefix}_plain`, `${prefix}_indexed`];
const program = new URL('./seed.ts', import.meta.url).pathname;

before(drop);
after(drop);

test('an empty server gets both schemas with the same rows, only one of them with secondary indexes', async () => {
  await run();
  const [plain, indexed] = [await checksums(`${prefix}_plain`), await checksums(`${prefix}_indexed`)];
  assert.deepEqual(plain, indexed);
  for (const schema of schemas) {
    for (const [table, rows] of Object.entries(rowCounts(1))) {
      assert.equal((await query(`select count(*) n from ${schema}.${table}`))[0]?.n, rows);
    }
  }
  assert.deepEqual(await indexNames(`${prefix}_plain`), ['PRIMARY']);
  assert.ok((await indexNames(`${prefix}_indexed`)).includes('product_created'));
});

test('a second run changes nothing and says so', async () => {
  const before = await createdAt();
  assert.deepEqual(
    await run(),
    schemas.map((schema) => `${schema}: up to date`),
  );
  assert.deepEqual(await createdAt(), before);
});

const damages: readonly { name: string; sql: string }[] = [
  { name: 'a changed value', sql: `update ${prefix}_plain.products set stock = stock + 1 where id = 7` },
  { name: 'a missing row', sql: `delete from ${prefix}_plain.reviews where id = 8000` },
  { name: 'a missing table', sql: `drop table ${prefix}_plain.orders` },
  { name: 'a missing stamp', sql: `drop table ${prefix}_plain.seed_stamp` },
  { name: 'another stamp', sql: `update ${prefix}_plain.seed_stamp set stamp = '{"recipe":'` },
];
for (const { name, sql } of damages) {
  test(`${name} is mended, and the other schema left alone`, async () => {
    await run();
    await query(sql);
    const lines = await run();
    assert.ok(lines.includes(`${prefix}_plain: seeding size 1`), lines.join('\n'));
    assert.ok(lines.includes(`${prefix}_indexed: up to date`), lines.join('\n'));
    assert.deepEqual(await checksums(`${prefix}_plain`), await checksums(`${prefix}_indexed`));
  });
}

/** At its beginning and near its end; in between, from where it goes the same way, with FAULTS=whole. */
const moments: readonly { moment: string; rare?: true }[] = [
  { moment: 'seeding size' },
  { moment: 'products', rare: true },
  { moment: 'reviews', rare: true },
  { moment: 'orders' },
];
for (const { moment } of moments.filter(({ rare }) => process.env.FAULTS === 'whole' || !rare)) {
  test(`killed after "${moment}", it leaves nothing that passes for whole, and the next run completes it`, async () => {
    await drop();
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, MYSQL_URL: testServers().mysqlUrl, SHOP_DATABASE: prefix, SHOP_SIZE: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes(moment)) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await run();
    assert.deepEqual(await checksums(`${prefix}_plain`), await checksums(`${prefix}_indexed`));
  });
}

test('two at once do not disturb each other', async () => {
  await drop();
  const [first, second] = await Promise.all([run(), run()]);
  const seeded = [...first, ...second].filter((line) => line.includes('seeding size'));
  assert.equal(seeded.length, 2);
});

test('another size is another database', async () => {
  assert.ok((await run(2)).includes(`${prefix}_plain: seeding size 2`));
  assert.equal((await query(`select count(*) n from ${prefix}_plain.products`))[0]?.n, 4000);
});

test('as a program it names all bad variables and ends with 2', async () => {
  const child = spawn(process.execPath, [program], {
    env: { MYSQL_URL: 'here', SHOP_SIZE: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 2);
  assert.match(errors, /MYSQL_URL[\s\S]*SHOP_SIZE/);
});

async function run(size = 1): Promise<string[]> {
  const lines: string[] = [];
  await seed({ mysqlUrl: testServers().mysqlUrl, prefix, size, onProgress: (line) => lines.push(line) });
  return lines;
}

function query(sql: string): Promise<RowDataPacket[]> {
  return withMysql(async (connection) => (await connection.query<RowDataPacket[]>(sql))[0]);
}

async function drop(): Promise<void> {
  // A killed seed's last statement may still hold the schema.
  for (const schema of schemas) await query(`drop database if exists ${schema}`);
}

async function checksums(schema: string): Promise<unknown[]> {
  const rows = await query(`checksum table ${tableNames.map((table) => `${schema}.${table}`).join(', ')}`);
  return rows.map((row) => row.Checksum);
}

async function createdAt(): Promise<unknown[]> {
  return query(
    `select table_schema, table_name, create_time from information_schema.tables where table_schema like '${prefix}%' order by 1, 2`,
  );
}

async function indexNames(schema: string): Promise<string[]> {
  const rows = await query(
    `select distinct index_name as name from information_schema.statistics where table_schema = '${schema}' order by 1`,
  );
  return rows.map((row) => row.name);
}
