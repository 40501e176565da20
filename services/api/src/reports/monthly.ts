import { z } from 'zod';
import type { Session } from '../db/database.ts';

export const monthlySchema = z.strictObject({
  orders: z.int().min(0),
  items: z.int().min(0),
  revenueCents: z.int().min(0),
  days: z.array(
    z.strictObject({ date: z.iso.date(), orders: z.int(), items: z.int(), revenueCents: z.int() }),
  ),
  categories: z.array(
    z.strictObject({ slug: z.string(), name: z.string(), items: z.int(), revenueCents: z.int() }),
  ),
  /** Every product that was sold, the one with the most revenue first. */
  products: z.array(
    z.strictObject({ productId: z.int(), orders: z.int(), quantity: z.int(), revenueCents: z.int() }),
  ),
});
export type Monthly = z.output<typeof monthlySchema>;

/** What was sold in a month, `YYYY-MM`; cancelled orders were not. */
export async function readMonthly(session: Session, month: string): Promise<Monthly> {
  const days = (await session.rows<Summed & { date: string }>(daysStatement, periodOf(month))).map(
    ({ date, ...sums }) => ({ date, ...numbers(sums) }),
  );
  const categories = await session.rows<Summed & { slug: string; name: string }>(
    categoriesStatement,
    periodOf(month),
  );
  const products = await session.rows<Summed & { product_id: number }>(productsStatement, periodOf(month));
  return {
    ...total(days),
    days,
    categories: categories.map(({ slug, name, ...sums }) => {
      const { items, revenueCents } = numbers(sums);
      return { slug, name, items, revenueCents };
    }),
    products: products.map(({ product_id, ...sums }) => {
      const { orders, items, revenueCents } = numbers(sums);
      return { productId: product_id, orders, quantity: items, revenueCents };
    }),
  };
}

/** Sums come as text, counts as numbers. */
interface Summed {
  orders: number | string;
  items: number | string;
  revenue: number | string;
}

const sums =
  'count(distinct o.id) as orders, sum(i.quantity) as items, sum(i.quantity * i.price_cents) as revenue';
const sold = 'order_items i join orders o on o.id = i.order_id';
const inMonth = "o.created_at >= ? and o.created_at < ? and o.status <> 'cancelled'";

const daysStatement = `select date_format(o.created_at, '%Y-%m-%d') as date, ${sums} from ${sold}
  where ${inMonth} group by date order by date`;
const categoriesStatement = `select c.slug, c.name, ${sums} from ${sold}
  join products p on p.id = i.product_id join categories c on c.id = p.category_id
  where ${inMonth} group by c.id, c.slug, c.name order by revenue desc, c.id`;
const productsStatement = `select i.product_id, ${sums} from ${sold}
  where ${inMonth} group by i.product_id order by revenue desc, i.product_id`;

function periodOf(month: string): [string, string] {
  const first = new Date(`${month}-01T00:00:00Z`);
  const next = new Date(first);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return [first.toISOString().slice(0, 10), next.toISOString().slice(0, 10)];
}

function numbers({ orders, items, revenue }: Summed) {
  return { orders: Number(orders), items: Number(items), revenueCents: Number(revenue) };
}

/** An order is of one day, so the days may be added up. */
function total(days: Monthly['days']) {
  const sum = (pick: (day: Monthly['days'][number]) => number) => days.reduce((so, day) => so + pick(day), 0);
  return {
    orders: sum((day) => day.orders),
    items: sum((day) => day.items),
    revenueCents: sum((day) => day.revenueCents),
  };
}
