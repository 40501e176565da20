import type { OrderColumns } from '../orders/order.ts';
import type { Columns } from '../store/columns.ts';
import type { Optimization } from './optimization.ts';

export const columnProjection = {
  name: 'column-projection',
  group: 'database',
  title: 'Column projection',
  does: 'Asks for the columns that the answer shows, instead of SELECT *: the long texts of a product are not read, sent and parsed for a list.',
  where: [
    'GET /products',
    'GET /products/:id',
    'GET /orders',
    'GET /orders/:id',
    'POST /orders',
    'GET /products/:id/related',
  ],
  evidence: [
    { what: 'bytes that the database sends', moves: 'down' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: ['A column that a new answer needs must be added in two places.'],
} as const satisfies Optimization;

const listed =
  'id, category_id, sku, name, summary, price_cents, currency, stock, status, image_url, created_at, rating_sum, rating_count';

export const neededColumns: Columns = {
  categories: 'id, slug, name',
  products: listed,
  productDetails: `${listed}, description, specification, weight_grams, updated_at, changed_at`,
  reviews: 'id, product_id, customer_id, rating, title, body, created_at',
  customers: 'id, name, changed_at',
};

export const neededOrderColumns: OrderColumns = {
  orders: 'id, status, total_cents, created_at',
  lines: 'order_id, product_id, quantity, price_cents',
  products: 'id, sku, name, price_cents',
};
