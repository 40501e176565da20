import type { Session } from '../db/database.ts';
import { noProduct } from './catalogue.ts';
import type { Columns } from './columns.ts';
import type { ProductRow } from './product.ts';

/** One line of an order. */
export interface OrderLine {
  order_id: number;
  product_id: number;
}

/** How many of the lines that were sold last are looked at: about 2,000 orders. */
const recentLines = 6000;
const most = 4;

export interface RelatedProduct {
  id: number;
  sku: string;
  name: string;
  price: { cents: number; currency: string };
  imageUrl: string;
  /** Orders in which both were bought. */
  together: number;
}

/** In how many orders each other product was bought together with this one. */
export type CountTogether = (lines: readonly OrderLine[], productId: number) => Map<number, number>;

/** Baseline: for every line, all lines are looked through for its order (quadratic). */
export const countByLookingThrough: CountTogether = (lines, productId) => {
  const counts = new Map<number, number>();
  const counted = new Set<string>();
  for (const line of lines) {
    const order = lines.filter(({ order_id }) => order_id === line.order_id);
    if (line.product_id === productId || !order.some(({ product_id }) => product_id === productId)) continue;
    const pair = `${line.order_id}:${line.product_id}`;
    if (counted.has(pair)) continue;
    counted.add(pair);
    counts.set(line.product_id, (counts.get(line.product_id) ?? 0) + 1);
  }
  return counts;
};

/** What was bought together with a product most often of late; of equals the one with the lower id. */
export async function readRelated(
  session: Session,
  id: number,
  { columns, countTogether }: { columns: Columns; countTogether: CountTogether },
): Promise<RelatedProduct[]> {
  const [known] = await session.rows<{ id: number }>('select id from products where id = ?', [id]);
  if (known === undefined) throw noProduct(id);
  const lines = await session.rows<OrderLine>(
    `select order_id, product_id from order_items order by id desc limit ${recentLines}`,
  );
  const ranked = [...countTogether(lines, id)]
    .sort(([oneId, one], [otherId, other]) => other - one || oneId - otherId)
    .slice(0, most);
  if (ranked.length === 0) return [];
  const rows = await session.rows<ProductRow>(`select ${columns.products} from products where id in (?)`, [
    ranked.map(([productId]) => productId),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ranked.flatMap(([productId, together]) => {
    const row = byId.get(productId);
    return row === undefined ? [] : [toRelated(row, together)];
  });
}

function toRelated(row: ProductRow, together: number): RelatedProduct {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    price: { cents: row.price_cents, currency: row.currency },
    imageUrl: row.image_url,
    together,
  };
}
