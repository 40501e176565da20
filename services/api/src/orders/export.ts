import type { Database } from '../db/database.ts';

export interface SoldRow {
  order_id: number;
  created_at: Date;
  status: string;
  customer_id: number;
  email: string;
  product_id: number;
  quantity: number;
  price_cents: number;
}

/** Begins on the first day, ends before the last one; `YYYY-MM-DD`. */
export interface Period {
  from: string;
  to: string;
}

/** Rows of an export in groups: a single one, or as they are taken. */
export type ReadSold = (
  database: Database,
  period: Period,
) => AsyncGenerator<readonly SoldRow[], void, undefined>;

/**
 * From line to order to customer, by primary keys: the rows come in the order of the answer, and the first one at once.
 * Left alone, the optimizer begins with the customers where there are indexes, and sorts everything in the end.
 */
const soldStatement = `select straight_join i.order_id, o.created_at, o.status, o.customer_id, c.email, i.product_id, i.quantity, i.price_cents
  from order_items i join orders o on o.id = i.order_id join customers c on c.id = o.customer_id
  where o.created_at >= ? and o.created_at < ? order by i.id`;

/** Baseline: all rows in memory before the first is used. */
export async function* readSoldAtOnce(
  database: Database,
  { from, to }: Period,
): AsyncGenerator<readonly SoldRow[], void, undefined> {
  yield await database.use((session) => session.rows<SoldRow>(soldStatement, [from, to]));
}

/** Cursor stream: no more rows in memory than the reader has not taken yet. */
export function readSoldAsTaken(
  database: Database,
  { from, to }: Period,
): AsyncGenerator<readonly SoldRow[], void, undefined> {
  return database.stream<SoldRow>(soldStatement, [from, to]);
}

const header =
  'order_id,ordered_at,status,customer_id,customer_email,product_id,quantity,price_cents,line_cents\r\n';
/** Large enough that sending costs little beside making, small enough to be nothing in memory. */
const chunkLength = 32 * 1024;

/** RFC 4180, in pieces. */
export async function* soldAsCsv(
  groups: AsyncIterable<readonly SoldRow[]>,
): AsyncGenerator<string, void, undefined> {
  let chunk = header;
  for await (const group of groups) {
    for (const row of group) {
      chunk += lineOf(row);
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

function lineOf(row: SoldRow): string {
  const { order_id, customer_id, product_id, quantity, price_cents } = row;
  const about = `${order_id},${row.created_at.toISOString()},${textCell(row.status)}`;
  const customer = `${customer_id},${textCell(row.email)}`;
  return `${about},${customer},${product_id},${quantity},${price_cents},${quantity * price_cents}\r\n`;
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front: whoever chose it must not compute there. */
export function textCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
