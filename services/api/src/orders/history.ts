import type { Database, Session } from '../db/database.ts';
import { Problem } from '../problem.ts';
import type { ReadLines } from './lines.ts';
import { type Order, type OrderColumns, type OrderPage, type OrderRow, toOrder } from './order.ts';

export interface HistoryDeps {
  database: Database;
  columns: OrderColumns;
  readLines: ReadLines;
}

/** Newest first. Every statement carries the owner: an order of somebody else is one that does not exist. */
export function readHistory(
  { database, columns, readLines }: HistoryDeps,
  { customerId, limit, offset }: { customerId: number; limit: number; offset: number },
): Promise<OrderPage> {
  return database.use(async (session) => {
    const [count] = await session.rows<{ total: number | string }>(
      'select count(*) as total from orders where customer_id = ?',
      [customerId],
    );
    const rows = await session.rows<OrderRow>(
      `select ${columns.orders} from orders where customer_id = ? order by created_at desc, id desc limit ? offset ?`,
      [customerId, limit, offset],
    );
    const total = Number(count?.total ?? 0);
    return {
      items: await withLines(session, rows, columns, readLines),
      total,
      limit,
      offset,
      next: offset + limit < total ? `/orders?limit=${limit}&offset=${offset + limit}` : null,
    };
  });
}

export function readOrder(
  { database, columns, readLines }: HistoryDeps,
  { customerId, id }: { customerId: number; id: number },
): Promise<Order> {
  return database.use(async (session) => {
    const rows = await session.rows<OrderRow>(
      `select ${columns.orders} from orders where id = ? and customer_id = ?`,
      [id, customerId],
    );
    const [order] = await withLines(session, rows, columns, readLines);
    if (order === undefined) throw new Problem(404, 'Not found', `You have no order ${id}.`);
    return order;
  });
}

async function withLines(
  session: Session,
  rows: readonly OrderRow[],
  columns: OrderColumns,
  readLines: ReadLines,
): Promise<Order[]> {
  const lines = await readLines(
    session,
    columns,
    rows.map(({ id }) => id),
  );
  return rows.map((row, index) => toOrder(row, lines[index] ?? []));
}
