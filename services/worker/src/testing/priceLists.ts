import type { Database } from '@dyno/api/db/database';

/** A price list of so many new products. */
export async function* fileOf(rows: number, prefix: string): AsyncGenerator<Buffer> {
  yield Buffer.from('sku,name,summary,category,price_cents,stock,weight_grams\n');
  for (let row = 1; row <= rows; row += 1) {
    yield Buffer.from(`${prefix}-${row},Name ${row},A summary,kitchen,${100 + row},${row % 50},250\n`);
  }
}

export async function countProducts(database: Database): Promise<number> {
  const [row] = await database.use((session) =>
    session.rows<{ n: number }>('select count(*) n from products'),
  );
  return Number(row?.n);
}
