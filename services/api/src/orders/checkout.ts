import { createHash } from 'node:crypto';
import { customerTag, productTag } from '../cache/tags.ts';
import type { Database, Session } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { leaveInOutbox } from '../jobs/outbox.ts';
import type { Dispatch } from '../jobs/perform.ts';
import { confirmationOf } from './confirmation.ts';
import type { ReadOrderedProducts } from './lines.ts';
import { type Line, type Order, type OrderColumns, type OrderedProductRow, toOrder } from './order.ts';

export interface OrderRequest {
  customerId: number;
  /** Chosen by the client: the same order sent again carries the same key. */
  key: string;
  /** No product twice. */
  lines: readonly { productId: number; quantity: number }[];
}

/** `replayed`: this very order was placed before; the answer is the one of then. */
export type CheckoutResult =
  | { kind: 'placed' | 'replayed'; status: number; body: string }
  | Refusal
  | { kind: 'key used otherwise' };
type Refusal =
  | { kind: 'no such product'; productId: number }
  | { kind: 'out of stock'; productId: number; left: number; wanted: number };

export type InsertLines = (session: Session, orderId: number, lines: readonly Line[]) => Promise<void>;

export interface CheckoutDeps {
  database: Database;
  columns: OrderColumns;
  readProducts: ReadOrderedProducts;
  insertLines: InsertLines;
  invalidations: Invalidations;
  dispatch: Dispatch;
  now(): Date;
}

/**
 * An order is one transaction: the key of the request, the pieces taken, the order, the e-mail that is owed for it and what
 * caches must forget are all there or none of them. What is refused leaves nothing behind, not even its key.
 */
export async function checkout(deps: CheckoutDeps, request: OrderRequest): Promise<CheckoutResult> {
  const { database, invalidations, dispatch } = deps;
  const changed = [
    customerTag(request.customerId),
    ...request.lines.map(({ productId }) => productTag(productId)),
  ];
  const placed = await invalidations
    .transaction(changed, (session) => place(session, deps, request))
    .catch((error: unknown) => {
      if (error instanceof NotPlaced) return error;
      throw error;
    });
  if (placed instanceof NotPlaced) return placed.refusal ?? (await earlier(database, request));
  await dispatch('email', placed.emailId);
  return { kind: 'placed', status: placedStatus, body: placed.body };
}

const placedStatus = 201;

/** Thrown so that the transaction is rolled back; without a refusal the key has been used before. */
class NotPlaced extends Error {
  readonly refusal: Refusal | null;

  constructor(refusal: Refusal | null) {
    super('not placed');
    this.refusal = refusal;
  }
}

async function place(
  session: Session,
  { columns, readProducts, insertLines, now }: CheckoutDeps,
  request: OrderRequest,
): Promise<{ body: string; emailId: number }> {
  const createdAt = wholeSecond(now());
  await takeKey(session, request, createdAt);
  // Always in this order: two orders for the same products cannot wait for each other.
  const wanted = request.lines.toSorted((one, other) => one.productId - other.productId);
  for (const line of wanted) await takePieces(session, line);
  // Read after the pieces were taken: the rows are locked, so these are the prices of this moment.
  const products = await readProducts(
    session,
    columns.products,
    wanted.map(({ productId }) => productId),
  );
  const lines = wanted.map(({ productId, quantity }, index) => toLine(products[index], productId, quantity));
  const totalCents = lines.reduce((sum, { line }) => sum + line.quantity * line.price_cents, 0);
  const id = await session.insert(
    'insert into orders (customer_id, status, total_cents, created_at) values (?, ?, ?, ?)',
    [request.customerId, 'placed', totalCents, createdAt],
  );
  await insertLines(session, id, lines);
  const order = toOrder({ id, status: 'placed', total_cents: totalCents, created_at: createdAt }, lines);
  const emailId = await oweConfirmation(session, request.customerId, order);
  const body = JSON.stringify(order);
  await session.change(
    'update idempotency_keys set status = ?, body = ? where customer_id = ? and idempotency_key = ?',
    [placedStatus, body, request.customerId, request.key],
  );
  return { body, emailId };
}

/** First of all: whoever sends the same order at the same time waits here until this one is placed or given up. */
async function takeKey(session: Session, request: OrderRequest, createdAt: Date): Promise<void> {
  try {
    await session.change(
      'insert into idempotency_keys (customer_id, idempotency_key, request_hash, created_at) values (?, ?, ?, ?)',
      [request.customerId, request.key, hashOf(request), createdAt],
    );
  } catch (error) {
    if ((error as { code?: string }).code === 'ER_DUP_ENTRY') throw new NotPlaced(null);
    throw error;
  }
}

/** One statement decides: there is no moment between looking and taking. */
async function takePieces(
  session: Session,
  { productId, quantity }: { productId: number; quantity: number },
): Promise<void> {
  const taken = await session.change(
    'update products set stock = stock - ?, changed_at = utc_timestamp() where id = ? and stock >= ?',
    [quantity, productId, quantity],
  );
  if (taken === 1) return;
  const [product] = await session.rows<{ stock: number }>(
    'select stock from products where id = ? for update',
    [productId],
  );
  throw new NotPlaced(
    product === undefined
      ? { kind: 'no such product', productId }
      : { kind: 'out of stock', productId, left: product.stock, wanted: quantity },
  );
}

function toLine(product: OrderedProductRow | undefined, productId: number, quantity: number): Line {
  if (product === undefined) throw new NotPlaced({ kind: 'no such product', productId });
  return { line: { product_id: productId, quantity, price_cents: product.price_cents }, product };
}

/** The e-mail stands in the outbox before anybody is told that the order is placed. */
async function oweConfirmation(session: Session, customerId: number, order: Order): Promise<number> {
  const [customer] = await session.rows<{ email: string; name: string }>(
    'select email, name from customers where id = ?',
    [customerId],
  );
  const { subject, text } = confirmationOf(order, customer?.name ?? '');
  const id = await leaveInOutbox(session, 'email', { orderId: order.id });
  await session.change(
    `insert into emails (id, recipient, subject, body, state, created_at) values (?, ?, ?, ?, 'queued', utc_timestamp(3))`,
    [id, customer?.email ?? '', subject, text],
  );
  return id;
}

async function earlier(database: Database, request: OrderRequest): Promise<CheckoutResult> {
  const [stored] = await database.use((session) =>
    session.rows<{ request_hash: string; status: number; body: string }>(
      'select request_hash, status, body from idempotency_keys where customer_id = ? and idempotency_key = ?',
      [request.customerId, request.key],
    ),
  );
  if (stored === undefined || stored.request_hash !== hashOf(request)) return { kind: 'key used otherwise' };
  return { kind: 'replayed', status: stored.status, body: stored.body };
}

/** The same products in another order are the same order. */
function hashOf({ lines }: OrderRequest): string {
  const sorted = lines
    .map(({ productId, quantity }) => [productId, quantity] as const)
    .sort(([one], [other]) => one - other);
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/** The column keeps no fractions and would round them up. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** Baseline: a statement for each line. */
export async function insertLinesOneByOne(
  session: Session,
  orderId: number,
  lines: readonly Line[],
): Promise<void> {
  for (const { line } of lines) {
    await session.change(
      'insert into order_items (order_id, product_id, quantity, price_cents) values (?, ?, ?, ?)',
      [orderId, line.product_id, line.quantity, line.price_cents],
    );
  }
}

/** Batched queries: one statement for all lines. */
export async function insertLinesBatched(
  session: Session,
  orderId: number,
  lines: readonly Line[],
): Promise<void> {
  const rows = lines.map(({ line }) => [orderId, line.product_id, line.quantity, line.price_cents]);
  await session.change('insert into order_items (order_id, product_id, quantity, price_cents) values ?', [
    rows,
  ]);
}
