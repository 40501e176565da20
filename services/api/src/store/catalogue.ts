import type { Session } from '../db/database.ts';
import { Problem } from '../problem.ts';
import type { Columns } from './columns.ts';
import type { ListQuery } from './listQuery.ts';
import type {
  CategoryRow,
  Product,
  ProductDetail,
  ProductDetailRow,
  ProductParts,
  ProductRow,
} from './product.ts';
import { toProduct, toProductDetail } from './product.ts';
import { listConditions, orderOf } from './statements.ts';

export interface ProductPage {
  items: Product[];
  total: number;
}

/** Reads what belongs to products; the baseline does it one by one, `batched-queries` for all of them at once. */
export type ReadParts = (
  session: Session,
  columns: Columns,
  products: readonly ProductRow[],
) => Promise<ProductParts[]>;

export async function readPage(
  session: Session,
  query: ListQuery,
  columns: Columns,
  readParts: ReadParts,
): Promise<ProductPage> {
  const categoryId = query.category === null ? null : await categoryIdOf(session, columns, query.category);
  const { where, values } = listConditions(query, categoryId);
  const [count] = await session.rows<{ total: number | string }>(
    `select count(*) as total from products ${where}`,
    values,
  );
  const rows = await session.rows<ProductRow>(
    `select ${columns.products} from products ${where} ${orderOf(query.sort)} limit ? offset ?`,
    [...values, query.limit, query.offset],
  );
  const parts = await readParts(session, columns, rows);
  return { items: combine(rows, parts, toProduct), total: Number(count?.total ?? 0) };
}

export async function readProduct(
  session: Session,
  id: number,
  columns: Columns,
  readParts: ReadParts,
): Promise<ProductDetail> {
  const rows = await session.rows<ProductDetailRow>(
    `select ${columns.productDetails} from products where id = ?`,
    [id],
  );
  const [product] = combine(rows, await readParts(session, columns, rows), toProductDetail);
  if (product === undefined) throw noProduct(id);
  return product;
}

export async function writeStock(session: Session, id: number, stock: number): Promise<void> {
  if ((await session.change('update products set stock = ? where id = ?', [stock, id])) === 0)
    throw noProduct(id);
}

function combine<Row, Item>(
  rows: readonly Row[],
  parts: readonly ProductParts[],
  toItem: (row: Row, parts: ProductParts) => Item,
): Item[] {
  return rows.map((row, index) =>
    toItem(row, parts[index] ?? { category: undefined, rating: undefined, reviews: [] }),
  );
}

async function categoryIdOf(session: Session, columns: Columns, slug: string): Promise<number> {
  const [category] = await session.rows<CategoryRow>(
    `select ${columns.categories} from categories where slug = ?`,
    [slug],
  );
  if (category === undefined) throw new Problem(404, 'Not found', `There is no category "${slug}".`);
  return category.id;
}

function noProduct(id: number): Problem {
  return new Problem(404, 'Not found', `There is no product ${id}.`);
}
