import type { Session } from '../db/database.ts';
import type { ReadLineRows, ReadOrderedProducts } from '../orders/lines.ts';
import type { LineRow } from '../orders/order.ts';

/** What the account page shows of a product. */
export interface ShownProduct {
  id: number;
  name: string;
  imageUrl: string;
}

/** How rows that belong to orders and reviews are read: the baseline one by one, `batched-queries` all of them at once. */
export interface AccountReads {
  lineRows: ReadLineRows;
  products: ReadOrderedProducts;
}

export function readLineRows(
  session: Session,
  { lineRows }: AccountReads,
  orderIds: readonly number[],
): Promise<LineRow[]> {
  return lineRows(session, 'order_id, product_id, quantity, price_cents', orderIds);
}

/** Without those that are gone. */
export async function readProducts(
  session: Session,
  { products }: AccountReads,
  ids: readonly number[],
): Promise<Map<number, ShownProduct>> {
  const rows = await products<{ id: number; name: string; image_url: string }>(
    session,
    'id, name, image_url',
    ids,
  );
  return new Map(
    rows
      .filter((row) => row !== undefined)
      .map(({ id, name, image_url }) => [id, { id, name, imageUrl: image_url }]),
  );
}
