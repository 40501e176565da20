import { catalogueTag, customerTag, productTag } from '../cache/tags.ts';
import type { Session } from '../db/database.ts';
import type { OrderRow } from '../orders/order.ts';
import { type AccountReads, readLineRows, readProducts, type ShownProduct } from './reads.ts';
import type { TemplateName } from './templates.ts';

/** What a section shows, and whose change makes it old. */
export interface SectionContent {
  view: unknown;
  tags: readonly string[];
}

/** A part of the account page that is read, rendered and, with fragment-cache, kept by itself. */
export interface Section {
  name: Exclude<TemplateName, 'page'>;
  title: string;
  /** Whether everybody sees the same; such a section is not told whose page it is on. */
  audience: 'everybody' | 'customer';
  read(session: Session, reads: AccountReads, customerId: number): Promise<SectionContent>;
}

const shownOrders = 5;
const shownMonths = 12;
const shownFavourites = 5;
const shownReviews = 3;
const shownArrivals = 4;
/** Cancelled orders count in no sum. */
const counts = "status <> 'cancelled'";

export const sections: readonly Section[] = [
  { name: 'profile', title: 'Profile', audience: 'customer', read: readProfile },
  { name: 'summary', title: 'At a glance', audience: 'customer', read: readSummary },
  { name: 'months', title: 'Months', audience: 'customer', read: readMonths },
  { name: 'orders', title: 'Latest orders', audience: 'customer', read: readOrders },
  { name: 'favourites', title: 'Bought most', audience: 'customer', read: readFavourites },
  { name: 'reviews', title: 'Reviews', audience: 'customer', read: readReviews },
  { name: 'arrivals', title: 'New in the shop', audience: 'everybody', read: readArrivals },
];

async function readProfile(session: Session, _: AccountReads, id: number): Promise<SectionContent> {
  const [customer] = await session.rows<{ name: string; email: string; created_at: Date }>(
    'select name, email, created_at from customers where id = ?',
    [id],
  );
  const [profile] = await session.rows<Record<string, string>>(
    'select street, city, postcode, country, phone, bio from profiles where customer_id = ?',
    [id],
  );
  return {
    view: {
      name: customer?.name ?? '',
      email: customer?.email ?? '',
      since: dayOf(customer?.created_at),
      profile: profile ?? null,
    },
    tags: [customerTag(id)],
  };
}

interface SumRow {
  orders: number | string;
  cents: number | string | null;
}

async function readSummary(session: Session, _: AccountReads, id: number): Promise<SectionContent> {
  const rows = await session.rows<SumRow & { status: string }>(
    'select status, count(*) as orders, sum(total_cents) as cents from orders where customer_id = ? group by status order by status',
    [id],
  );
  const states = rows.map((row) => ({ status: row.status, ...sumsOf(row) }));
  const counted = states.filter(({ status }) => status !== 'cancelled');
  const orders = counted.reduce((sum, state) => sum + state.orders, 0);
  const cents = counted.reduce((sum, state) => sum + state.cents, 0);
  const averageCents = orders === 0 ? 0 : Math.round(cents / orders);
  return { view: { states, orders, cents, averageCents }, tags: [customerTag(id)] };
}

async function readMonths(session: Session, _: AccountReads, id: number): Promise<SectionContent> {
  const rows = await session.rows<SumRow & { y: number; m: number }>(
    `select year(created_at) as y, month(created_at) as m, count(*) as orders, sum(total_cents) as cents
     from orders where customer_id = ? and ${counts}
     group by year(created_at), month(created_at) order by y desc, m desc limit ${shownMonths}`,
    [id],
  );
  const sums = rows.map((row) => ({ month: `${row.y}-${String(row.m).padStart(2, '0')}`, ...sumsOf(row) }));
  const most = Math.max(1, ...sums.map(({ cents }) => cents));
  const months = sums.map((sum) => ({ ...sum, percent: Math.round((sum.cents * 100) / most) }));
  return { view: { months }, tags: [customerTag(id)] };
}

async function readOrders(session: Session, reads: AccountReads, id: number): Promise<SectionContent> {
  const rows = await session.rows<OrderRow>(
    `select id, status, total_cents, created_at from orders where customer_id = ? order by created_at desc, id desc limit ${shownOrders}`,
    [id],
  );
  const lines = await readLineRows(
    session,
    reads,
    rows.map((row) => row.id),
  );
  const productIds = lines.map((line) => line.product_id);
  const products = await readProducts(session, reads, productIds);
  const linesByOrder = Map.groupBy(lines, (line) => line.order_id);
  const orders = rows.map((row) => {
    const own = linesByOrder.get(row.id) ?? [];
    return {
      id: row.id,
      status: row.status,
      totalCents: row.total_cents,
      day: dayOf(row.created_at),
      pieces: own.reduce((sum, { quantity }) => sum + quantity, 0),
      lines: own.map((line) => ({
        quantity: line.quantity,
        priceCents: line.price_cents,
        product: shown(products, line.product_id),
      })),
    };
  });
  return { view: { orders }, tags: [customerTag(id), ...productTags(productIds)] };
}

async function readFavourites(session: Session, reads: AccountReads, id: number): Promise<SectionContent> {
  const orders = await session.rows<{ id: number }>(
    `select id from orders where customer_id = ? and ${counts} order by id`,
    [id],
  );
  if (orders.length === 0) return { view: { favourites: [] }, tags: [customerTag(id)] };
  const rows = await session.rows<SumRow & { product_id: number; quantity: number | string }>(
    `select product_id, sum(quantity) as quantity, count(*) as orders, sum(quantity * price_cents) as cents
     from order_items where order_id in (?)
     group by product_id order by quantity desc, cents desc, product_id limit ${shownFavourites}`,
    [orders.map((order) => order.id)],
  );
  const ids = rows.map((row) => row.product_id);
  const products = await readProducts(session, reads, ids);
  const favourites = rows.map((row) => ({
    product: shown(products, row.product_id),
    quantity: Number(row.quantity),
    ...sumsOf(row),
  }));
  return { view: { favourites }, tags: [customerTag(id), ...productTags(ids)] };
}

async function readReviews(session: Session, reads: AccountReads, id: number): Promise<SectionContent> {
  const [sums] = await session.rows<{ reviews: number | string; stars: number | string | null }>(
    'select count(*) as reviews, sum(rating) as stars from reviews where customer_id = ?',
    [id],
  );
  const rows = await session.rows<{
    product_id: number;
    rating: number;
    title: string;
    body: string;
    created_at: Date;
  }>(
    `select product_id, rating, title, body, created_at from reviews where customer_id = ? order by created_at desc, id desc limit ${shownReviews}`,
    [id],
  );
  const ids = rows.map((row) => row.product_id);
  const products = await readProducts(session, reads, ids);
  const reviews = Number(sums?.reviews ?? 0);
  const average = reviews === 0 ? '0' : (Number(sums?.stars ?? 0) / reviews).toFixed(1);
  const latest = rows.map(({ rating, title, body, created_at, product_id }) => ({
    rating,
    title,
    body,
    day: dayOf(created_at),
    product: shown(products, product_id),
  }));
  return { view: { reviews, average, latest }, tags: [customerTag(id), ...productTags(ids)] };
}

async function readArrivals(session: Session): Promise<SectionContent> {
  const rows = await session.rows<{ id: number; name: string; image_url: string; price_cents: number }>(
    `select id, name, image_url, price_cents from products order by created_at desc, id desc limit ${shownArrivals}`,
  );
  const categories = await session.rows<{ id: number; slug: string; name: string }>(
    'select id, slug, name from categories order by id',
  );
  const counted = await session.rows<{ category_id: number; products: number | string }>(
    'select category_id, count(*) as products from products group by category_id',
  );
  const productsIn = new Map(counted.map((row) => [row.category_id, Number(row.products)]));
  return {
    view: {
      products: rows.map(({ id, name, image_url, price_cents }) => ({
        id,
        name,
        imageUrl: image_url,
        priceCents: price_cents,
      })),
      categories: categories.map(({ id, slug, name }) => ({ slug, name, products: productsIn.get(id) ?? 0 })),
    },
    tags: [catalogueTag, ...productTags(rows.map((row) => row.id))],
  };
}

function sumsOf(row: SumRow): { orders: number; cents: number } {
  return { orders: Number(row.orders), cents: Number(row.cents ?? 0) };
}

function productTags(ids: readonly number[]): string[] {
  return [...new Set(ids)].map(productTag);
}

/** A product that is gone keeps its line. */
function shown(products: ReadonlyMap<number, ShownProduct>, id: number): ShownProduct {
  return products.get(id) ?? { id, name: `Product ${id}`, imageUrl: 'data:,' };
}

function dayOf(date: Date | undefined): string {
  return date?.toISOString().slice(0, 10) ?? '';
}
