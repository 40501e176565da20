import { createHash } from 'node:crypto';
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { insertStatements, rowCounts } from './recipes.ts';
import { schemaName, secondaryIndexes, type TableName, tableNames, tables } from './schema.ts';
import { serverOf } from './server.ts';
import { workIndexes, workTableNames, workTables } from './workTables.ts';

/** Written into a schema as the last thing: without it, or where it does not fit what is there, the schema is seeded anew. */
interface Stamp {
  recipe: string;
  size: number;
  tables: Partial<Record<TableName, { rows: number; checksum: string }>>;
}

export interface SeedOptions {
  mysqlUrl: string;
  prefix: string;
  size: number;
  onProgress(line: string): void;
}

/** Makes sure that both schemas hold exactly the rows of this size; does nothing where they do. */
export async function seed(options: SeedOptions): Promise<void> {
  const connection = await createConnection({ ...serverOf(options.mysqlUrl), connectTimeout: 10_000 });
  try {
    await refuseQueryCache(connection);
    await waitForOtherSeeds(connection, options.prefix);
    await connection.query("set time_zone = '+00:00', unique_checks = 0, foreign_key_checks = 0");
    for (const indexed of [false, true]) {
      const schema = schemaName(options.prefix, indexed);
      if (await agrees(connection, schema, options.size)) {
        options.onProgress(`${schema}: up to date`);
      } else {
        await seedSchema(connection, schema, { ...options, indexed });
      }
    }
  } finally {
    // The server frees the lock with the connection.
    await connection.end();
  }
}

/** With MariaDB's query cache on, repeated statements are not run at all: what is measured would be the cache. */
async function refuseQueryCache(connection: Connection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>("show variables like 'query\\_cache\\_type'");
  if (rows.some((row) => row.Value !== 'OFF')) {
    throw new SeedError(
      'The query cache of this MariaDB server is on; set query_cache_type=0 in its configuration.',
    );
  }
}

/** A seed that was killed keeps its lock until the server has finished its last statement. */
async function waitForOtherSeeds(connection: Connection, prefix: string): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>('select get_lock(?, 120) as locked', [
    `dyno-seed-${prefix}`,
  ]);
  if (rows[0]?.locked !== 1) {
    throw new SeedError(`Another seed of ${prefix} has been running for two minutes; wait for it or end it.`);
  }
}

async function agrees(connection: Connection, schema: string, size: number): Promise<boolean> {
  const [found] = await connection.query<RowDataPacket[]>(
    'select count(*) as tables from information_schema.tables where table_schema = ? and table_name = ?',
    [schema, 'seed_stamp'],
  );
  if (Number(found[0]?.tables) === 0) return false;
  const [rows] = await connection.query<RowDataPacket[]>(`select stamp from ${schema}.seed_stamp`);
  if (rows[0]?.stamp !== JSON.stringify(await takeStamp(connection, schema, size))) return false;
  // Their rows come and go while the shop is in use; they only have to be there.
  const [work] = await connection.query<RowDataPacket[]>(
    'select count(*) as tables from information_schema.tables where table_schema = ? and table_name in (?)',
    [schema, workTableNames],
  );
  return Number(work[0]?.tables) === workTableNames.length;
}

/** Changes with every statement that makes the data. */
function recipeOf(size: number): string {
  const statements = JSON.stringify([
    tables,
    secondaryIndexes,
    insertStatements(size),
    workTables,
    workIndexes,
  ]);
  return createHash('sha256').update(statements).digest('hex');
}

async function takeStamp(connection: Connection, schema: string, size: number): Promise<Stamp> {
  const stamp: Stamp = { recipe: recipeOf(size), size, tables: {} };
  for (const table of tableNames) {
    const [sums] = await connection.query<RowDataPacket[]>(`checksum table ${schema}.${table}`);
    const checksum = sums[0]?.Checksum;
    // Null: the table is not there.
    if (checksum == null) continue;
    const [counts] = await connection.query<RowDataPacket[]>(`select count(*) as n from ${schema}.${table}`);
    stamp.tables[table] = { rows: Number(counts[0]?.n), checksum: String(checksum) };
  }
  return stamp;
}

async function seedSchema(
  connection: Connection,
  schema: string,
  { size, indexed, onProgress }: SeedOptions & { indexed: boolean },
): Promise<void> {
  const startedMs = performance.now();
  onProgress(`${schema}: seeding size ${size}`);
  await connection.query(`drop database if exists ${schema}`);
  await connection.query(`create database ${schema} character set utf8mb4 collate utf8mb4_unicode_ci`);
  await connection.query(`use ${schema}`);
  await createNumbers(connection, Math.max(...Object.values(rowCounts(size))));
  for (const { table, sql } of insertStatements(size)) {
    await connection.query(`create table ${table} (${tables[table]}) engine = innodb`);
    const [{ affectedRows }] = await connection.query<ResultSetHeader>(sql);
    const indexes = secondaryIndexes[table];
    if (indexed && indexes.length > 0) await connection.query(`alter table ${table} ${indexes.join(', ')}`);
    onProgress(`${schema}: ${table} ${affectedRows} rows`);
  }
  for (const table of workTableNames) {
    const indexes = indexed ? workIndexes[table] : [];
    await connection.query(
      `create table ${table} (${[workTables[table], ...indexes].join(', ')}) engine = innodb`,
    );
  }
  await connection.query('drop table numbers');
  // Otherwise the statistics are those of a background thread at an unknown moment, and plans differ between rounds.
  await connection.query(`analyze table ${tableNames.join(', ')}`);
  await writeStamp(connection, schema, size);
  onProgress(`${schema}: ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

async function createNumbers(connection: Connection, upTo: number): Promise<void> {
  await connection.query('create table numbers (n int unsigned not null primary key) engine = innodb');
  await connection.query('insert into numbers values (1)');
  for (let have = 1; have < upTo; have *= 2) {
    await connection.query(
      `insert into numbers select n + ${have} from numbers where n + ${have} <= ${upTo}`,
    );
  }
}

async function writeStamp(connection: Connection, schema: string, size: number): Promise<void> {
  const stamp = await takeStamp(connection, schema, size);
  const expected: Partial<Record<TableName, number>> = rowCounts(size);
  for (const table of tableNames) {
    const rows = stamp.tables[table]?.rows ?? 0;
    if (rows === 0 || rows !== (expected[table] ?? rows)) {
      throw new SeedError(
        `${schema}.${table} has ${rows} rows instead of ${expected[table]}; run the seed again.`,
      );
    }
  }
  await connection.query('create table seed_stamp (stamp text not null) engine = innodb');
  await connection.query('insert into seed_stamp values (?)', [JSON.stringify(stamp)]);
}

export class SeedError extends Error {
  override readonly name = 'SeedError';
}

const seedEnvironment = z.object({
  MYSQL_URL: z.string().refine((text) => URL.canParse(text) && new URL(text).protocol === 'mysql:', {
    error: 'must be a URL like mysql://user:password@127.0.0.1:3306',
  }),
  SHOP_SIZE: z.coerce.number().int().min(1).max(100).default(1),
  SHOP_DATABASE: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'lower-case letters, digits and underscores, at most 40')
    .default('shop'),
});

async function main(): Promise<void> {
  const env = seedEnvironment.safeParse(process.env);
  if (!env.success) {
    const bad = env.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    console.error(`The environment does not fit:\n${bad.join('\n')}`);
    process.exitCode = 2;
    return;
  }
  try {
    await seed({
      mysqlUrl: env.data.MYSQL_URL,
      prefix: env.data.SHOP_DATABASE,
      size: env.data.SHOP_SIZE,
      onProgress: (line) => console.log(line),
    });
  } catch (error) {
    console.error(
      `The shop's data could not be seeded: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
