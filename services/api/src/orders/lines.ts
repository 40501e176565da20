import type { Session } from '../db/database.ts';
import type { Line, LineRow, OrderColumns, OrderedProductRow } from './order.ts';

/** Reads the lines of orders, in the order of the ids; the lines of an order are in the order in which they were written. */
export type ReadLines = (
  session: Session,
  columns: OrderColumns,
  orderIds: readonly number[],
) => Promise<Line[][]>;

/** The same without their products, those of all orders in one list. */
export type ReadLineRows = (
  session: Session,
  columns: string,
  orderIds: readonly number[],
) => Promise<LineRow[]>;

/** Reads products by their ids, in that order; undefined where there is none. */
export type ReadOrderedProducts = <Row extends { id: number } = OrderedProductRow>(
  session: Session,
  columns: string,
  ids: readonly number[],
) => Promise<(Row | undefined)[]>;

/** Baseline: a query for the lines of each order, and one more for the product of each line. */
export async function readLinesOneByOne(
  session: Session,
  columns: OrderColumns,
  orderIds: readonly number[],
): Promise<Line[][]> {
  const all: Line[][] = [];
  for (const id of orderIds) {
    const rows = await readLineRowsOneByOne(session, columns.lines, [id]);
    all.push(await withProducts(session, columns, rows, readProductsOneByOne));
  }
  return all;
}

export async function readLineRowsOneByOne(
  session: Session,
  columns: string,
  orderIds: readonly number[],
): Promise<LineRow[]> {
  const rows: LineRow[] = [];
  for (const id of orderIds) {
    const sql = `select ${columns} from order_items where order_id = ? order by id`;
    rows.push(...(await session.rows<LineRow>(sql, [id])));
  }
  return rows;
}

export async function readProductsOneByOne<Row extends { id: number } = OrderedProductRow>(
  session: Session,
  columns: string,
  ids: readonly number[],
): Promise<(Row | undefined)[]> {
  const products: (Row | undefined)[] = [];
  for (const id of ids) {
    const [product] = await session.rows<Row>(`select ${columns} from products where id = ?`, [id]);
    products.push(product);
  }
  return products;
}

/** Batched queries: two statements, however many orders and lines there are. */
export async function readLinesBatched(
  session: Session,
  columns: OrderColumns,
  orderIds: readonly number[],
): Promise<Line[][]> {
  const rows = await readLineRowsBatched(session, columns.lines, orderIds);
  const lines = await withProducts(session, columns, rows, readProductsBatched);
  const byOrder = Map.groupBy(lines, ({ line }) => line.order_id);
  return orderIds.map((id) => byOrder.get(id) ?? []);
}

export async function readLineRowsBatched(
  session: Session,
  columns: string,
  orderIds: readonly number[],
): Promise<LineRow[]> {
  if (orderIds.length === 0) return [];
  const sql = `select ${columns} from order_items where order_id in (?) order by id`;
  return session.rows<LineRow>(sql, [orderIds]);
}

export async function readProductsBatched<Row extends { id: number } = OrderedProductRow>(
  session: Session,
  columns: string,
  ids: readonly number[],
): Promise<(Row | undefined)[]> {
  if (ids.length === 0) return [];
  const rows = await session.rows<Row>(`select ${columns} from products where id in (?)`, [
    [...new Set(ids)],
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
}

async function withProducts(
  session: Session,
  columns: OrderColumns,
  rows: readonly LineRow[],
  readProducts: ReadOrderedProducts,
): Promise<{ line: LineRow; product: OrderedProductRow | undefined }[]> {
  const products = await readProducts(
    session,
    columns.products,
    rows.map(({ product_id }) => product_id),
  );
  return rows.map((line, index) => ({ line, product: products[index] }));
}
