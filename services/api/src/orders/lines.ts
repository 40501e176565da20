import type { Session } from '../db/database.ts';
import type { Line, LineRow, OrderColumns, OrderedProductRow } from './order.ts';

/** Reads the lines of orders, in the order of the ids; the lines of an order are in the order in which they were written. */
export type ReadLines = (
  session: Session,
  columns: OrderColumns,
  orderIds: readonly number[],
) => Promise<Line[][]>;

/** Reads products by their ids, in that order; undefined where there is none. */
export type ReadOrderedProducts = (
  session: Session,
  columns: OrderColumns,
  ids: readonly number[],
) => Promise<(OrderedProductRow | undefined)[]>;

/** Baseline: a query for the lines of each order, and one more for the product of each line. */
export async function readLinesOneByOne(
  session: Session,
  columns: OrderColumns,
  orderIds: readonly number[],
): Promise<Line[][]> {
  const all: Line[][] = [];
  for (const id of orderIds) {
    const rows = await session.rows<LineRow>(
      `select ${columns.lines} from order_items where order_id = ? order by id`,
      [id],
    );
    const lines: Line[] = [];
    for (const line of rows)
      lines.push({ line, product: await readProduct(session, columns, line.product_id) });
    all.push(lines);
  }
  return all;
}

export async function readProductsOneByOne(
  session: Session,
  columns: OrderColumns,
  ids: readonly number[],
): Promise<(OrderedProductRow | undefined)[]> {
  const products: (OrderedProductRow | undefined)[] = [];
  for (const id of ids) products.push(await readProduct(session, columns, id));
  return products;
}

async function readProduct(
  session: Session,
  columns: OrderColumns,
  id: number,
): Promise<OrderedProductRow | undefined> {
  const [product] = await session.rows<OrderedProductRow>(
    `select ${columns.products} from products where id = ?`,
    [id],
  );
  return product;
}

/** Batched queries: two statements, however many orders and lines there are. */
export async function readLinesBatched(
  session: Session,
  columns: OrderColumns,
  orderIds: readonly number[],
): Promise<Line[][]> {
  if (orderIds.length === 0) return [];
  const rows = await session.rows<LineRow>(
    `select ${columns.lines} from order_items where order_id in (?) order by id`,
    [orderIds],
  );
  const products = await readProductsBatched(
    session,
    columns,
    rows.map(({ product_id }) => product_id),
  );
  const lines = rows.map((line, index) => ({ line, product: products[index], orderId: line.order_id }));
  const byOrder = Map.groupBy(lines, ({ orderId }) => orderId);
  return orderIds.map((id) => byOrder.get(id) ?? []);
}

export async function readProductsBatched(
  session: Session,
  columns: OrderColumns,
  ids: readonly number[],
): Promise<(OrderedProductRow | undefined)[]> {
  if (ids.length === 0) return [];
  const rows = await session.rows<OrderedProductRow>(
    `select ${columns.products} from products where id in (?)`,
    [[...new Set(ids)]],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
}
