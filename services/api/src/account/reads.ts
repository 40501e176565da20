import type { Session } from '../db/database.ts';

/** What the account page shows of a product. */
export interface ShownProduct {
  id: number;
  name: string;
  imageUrl: string;
}

export interface OrderRow {
  id: number;
  status: string;
  total_cents: number;
  created_at: Date;
}

export interface LineRow {
  order_id: number;
  product_id: number;
  quantity: number;
  price_cents: number;
}

/** Reads what belongs to orders and reviews: the baseline one by one, `batched-queries` all of them at once. */
export interface AccountReads {
  lines(session: Session, orderIds: readonly number[]): Promise<LineRow[]>;
  products(session: Session, ids: readonly number[]): Promise<Map<number, ShownProduct>>;
}

interface ProductNameRow {
  id: number;
  name: string;
  image_url: string;
}

const lineColumns = 'order_id, product_id, quantity, price_cents';

export const accountReadsOneByOne: AccountReads = {
  async lines(session, orderIds) {
    const lines: LineRow[] = [];
    for (const id of orderIds) {
      const sql = `select ${lineColumns} from order_items where order_id = ? order by id`;
      lines.push(...(await session.rows<LineRow>(sql, [id])));
    }
    return lines;
  },
  async products(session, ids) {
    const rows: ProductNameRow[] = [];
    for (const id of ids) {
      rows.push(
        ...(await session.rows<ProductNameRow>('select id, name, image_url from products where id = ?', [
          id,
        ])),
      );
    }
    return byId(rows);
  },
};

export const accountReadsBatched: AccountReads = {
  async lines(session, orderIds) {
    if (orderIds.length === 0) return [];
    const sql = `select ${lineColumns} from order_items where order_id in (?) order by id`;
    return session.rows<LineRow>(sql, [orderIds]);
  },
  async products(session, ids) {
    if (ids.length === 0) return new Map();
    const sql = 'select id, name, image_url from products where id in (?)';
    return byId(await session.rows<ProductNameRow>(sql, [[...new Set(ids)]]));
  },
};

function byId(rows: readonly ProductNameRow[]): Map<number, ShownProduct> {
  return new Map(rows.map(({ id, name, image_url }) => [id, { id, name, imageUrl: image_url }]));
}
