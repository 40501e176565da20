import { z } from 'zod';

/** The shop sells in one currency; the rows of an order do not repeat it. */
export const currency = 'EUR';

const moneySchema = z.strictObject({ cents: z.int().min(0), currency: z.string().length(3) });

/** What the API says of an order; `toOrder` makes it. */
export const orderSchema = z.strictObject({
  id: z.int().min(1),
  status: z.string(),
  total: moneySchema,
  createdAt: z.iso.datetime(),
  lines: z.array(
    z.strictObject({
      productId: z.int().min(1),
      sku: z.string(),
      name: z.string(),
      quantity: z.int().min(1),
      price: moneySchema,
    }),
  ),
});
export type Order = z.output<typeof orderSchema>;

export const orderPageSchema = z.strictObject({
  items: z.array(orderSchema),
  total: z.int().min(0),
  limit: z.int().min(1),
  offset: z.int().min(0),
  /** Address of the page after this one; null on the last. */
  next: z.string().nullable(),
});
export type OrderPage = z.output<typeof orderPageSchema>;

/** What the database gives; more columns may be there. */
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
export interface OrderedProductRow {
  id: number;
  sku: string;
  name: string;
  /** Of today; a line keeps the price at which it was ordered. */
  price_cents: number;
}

export interface Line {
  line: Pick<LineRow, 'product_id' | 'quantity' | 'price_cents'>;
  /** Undefined where the product is gone. */
  product: OrderedProductRow | undefined;
}

/** Select lists by what is read. */
export interface OrderColumns {
  orders: string;
  lines: string;
  products: string;
}
export const allOrderColumns: OrderColumns = { orders: '*', lines: '*', products: '*' };

/** The one place that decides what an order looks like, whichever way the rows were read. */
export function toOrder(row: OrderRow, lines: readonly Line[]): Order {
  return {
    id: row.id,
    status: row.status,
    total: { cents: row.total_cents, currency },
    createdAt: row.created_at.toISOString(),
    lines: lines.map(({ line, product }) => ({
      productId: line.product_id,
      sku: product?.sku ?? '',
      name: product?.name ?? '',
      quantity: line.quantity,
      price: { cents: line.price_cents, currency },
    })),
  };
}
