import { demoPasswordHash } from './demoPassword.ts';
import {
  categories,
  cities,
  closings,
  firstNames,
  lastNames,
  materials,
  openings,
  paragraphs,
  qualities,
  remarks,
  reviewTitles,
  specification,
  streets,
  things,
} from './recipeTexts.ts';
import type { TableName } from './schema.ts';

/** Rows of each table at one size; size 1 is the default. Those of product_words follow from the texts. */
export function rowCounts(size: number) {
  return {
    categories: categories.length,
    category_counts: categories.length,
    products: 2000 * size,
    customers: 2000 * size,
    profiles: 2000 * size,
    reviews: 8000 * size,
    order_items: 15_000 * size,
    orders: 5000 * size,
  } satisfies Partial<Record<TableName, number>>;
}

/**
 * One INSERT ... SELECT per table over the helper table numbers(n). Every value is a function of n through crc32, so
 * the same size gives the same rows on every server; only what MySQL 8.4 and MariaDB 10.11 both know is used.
 */
export function insertStatements(size: number): { table: TableName; sql: string }[] {
  const rows = rowCounts(size);
  return [
    {
      table: 'categories',
      sql: `insert into categories (id, slug, name, parent_id) values ${categoryRows()}`,
    },
    {
      table: 'reviews',
      sql: `insert into reviews select n, 1 + ${random('product', rows.products)}, 1 + ${random('customer', rows.customers)},
        elt(1 + ${random('rating', 10)}, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1),
        ${pick('title', reviewTitles)},
        concat_ws(' ', ${pickDifferent('remark', remarks, 2).join(', ')}),
        timestampadd(minute, ${random('written', 262_800)}, '2025-07-01 00:00:00')
        from numbers where n <= ${rows.reviews}`,
    },
    {
      table: 'products',
      sql: `insert into products (${productColumns}) select n, 1 + ${random('category', categories.length)},
        concat('SKU-', lpad(n, 7, '0')),
        concat(${pick('quality', qualities)}, ' ', ${pick('material', materials)}, ' ', ${pick('thing', things)}, ' ', 100 + ${random('model', 900)}),
        concat(${pick('summary1', openings)}, ' ', ${pick('summary2', closings)}),
        concat_ws('\\n\\n', ${pickDifferent('paragraph', paragraphs, 5).join(', ')}),
        concat_ws('\\n', ${specificationLines().join(', ')}),
        499 + ${random('price', 49_500)}, 'EUR', ${random('stock', 200)},
        elt(1 + (${random('status', 20)} = 0), 'active', 'backorder'),
        concat('/images/products/', n, '.webp'),
        50 + ${random('weight', 9000)},
        timestampadd(minute, ${random('created', 525_600)}, '2025-01-01 00:00:00'),
        timestampadd(minute, ${random('updated', 43_200)}, '2026-01-01 00:00:00'),
        coalesce(rated.stars, 0), coalesce(rated.ratings, 0),
        timestampadd(minute, ${random('updated', 43_200)}, '2026-01-01 00:00:00')
        from numbers left join (select product_id, sum(rating) as stars, count(*) as ratings from reviews group by product_id) rated
          on rated.product_id = numbers.n
        where n <= ${rows.products} order by n`,
    },
    {
      table: 'category_counts',
      sql: `insert into category_counts select id, coalesce(counted.products, 0) from categories
        left join (select category_id, count(*) as products from products group by category_id) counted
          on counted.category_id = categories.id order by id`,
    },
    {
      table: 'product_words',
      sql: `insert into product_words select distinct word, id from (
        select lower(substring_index(substring_index(text, ' ', n), ' ', -1)) as word, id from (
          select id, concat(name, ' ', replace(replace(summary, ',', ' '), '.', ' ')) as text from products
        ) texts join numbers on n <= ${mostWords} and n <= 1 + char_length(text) - char_length(replace(text, ' ', ''))
      ) words where word <> '' order by word, id`,
    },
    {
      table: 'customers',
      sql: `insert into customers select n, concat('customer', n, '@example.com'),
        ${literal(demoPasswordHash)},
        concat(${pick('first', firstNames)}, ' ', ${pick('last', lastNames)}),
        if(n = ${rows.customers}, 'staff', 'customer'),
        timestampadd(minute, ${random('joined', 525_600)}, '2024-01-01 00:00:00'),
        timestampadd(minute, ${random('joined', 525_600)}, '2024-01-01 00:00:00')
        from numbers where n <= ${rows.customers}`,
    },
    {
      table: 'profiles',
      sql: `insert into profiles select n,
        concat(1 + ${random('house', 180)}, ' ', ${pick('street', streets)}),
        ${pick('city', cities)}, lpad(${random('postcode', 99_999)}, 5, '0'), 'DE',
        concat('+49 30 ', 1000000 + ${random('phone', 8_999_999)}),
        concat(${pick('bio1', openings)}, ' ', ${pick('bio2', remarks)}, ' ', ${pick('bio3', closings)})
        from numbers where n <= ${rows.profiles}`,
    },
    {
      table: 'order_items',
      sql: `insert into order_items select line.n, line.order_id, line.product_id, line.quantity, p.price_cents
        from (select n, 1 + floor((n - 1) / 3) as order_id, 1 + ${random('ordered', rows.products)} as product_id,
          1 + ${random('quantity', 3)} as quantity from numbers where n <= ${rows.order_items}) line
        join products p on p.id = line.product_id order by line.n`,
    },
    {
      // Every tenth order belongs to one of the first twenty customers, whose histories are then long enough to look at.
      table: 'orders',
      sql: `insert into orders select n,
        if(n % 10 = 0, 1 + ${random('regular', 20)}, 1 + ${random('buyer', rows.customers)}),
        elt(1 + ${random('state', 8)}, 'delivered', 'delivered', 'delivered', 'delivered', 'shipped', 'paid', 'placed', 'cancelled'),
        total.cents, timestampadd(minute, ${random('placed', 262_800)}, '2025-07-01 00:00:00')
        from numbers join (select order_id, sum(quantity * price_cents) as cents from order_items group by order_id) total
          on total.order_id = numbers.n order by numbers.n`,
    },
  ];
}

/** More than name and summary of a product have: 4 and about 20, and an empty one at each comma. */
const mostWords = 60;

const productColumns = `id, category_id, sku, name, summary, description, specification, price_cents, currency, stock,
  status, image_url, weight_grams, created_at, updated_at, rating_sum, rating_count, changed_at`;

/** 0 .. below - 1, from n and a salt. */
function random(salt: string, below: number): string {
  return `(crc32(concat('${salt}:', n, ':', n * 7919)) % ${below})`;
}

function pick(salt: string, from: readonly string[]): string {
  return `elt(1 + ${random(salt, from.length)}, ${from.map(literal).join(', ')})`;
}

/** Steps through a list of prime length from a random start with a random stride, so that nothing comes twice. */
function pickDifferent(salt: string, from: readonly string[], count: number): string[] {
  const stride = `(1 + ${random(`${salt}-stride`, from.length - 1)})`;
  const place = (index: number) => `(${random(salt, from.length)} + ${index} * ${stride}) % ${from.length}`;
  return Array.from(
    { length: count },
    (_, index) => `elt(1 + ${place(index)}, ${from.map(literal).join(', ')})`,
  );
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Four departments with four categories each. */
function categoryRows(): string {
  return categories
    .map(
      ({ slug, name, parent }, index) =>
        `(${index + 1}, ${literal(slug)}, ${literal(name)}, ${parent ?? 'null'})`,
    )
    .join(', ');
}

function specificationLines(): string[] {
  return specification.map(({ label, values }) => `concat('${label}: ', ${pick(`spec-${label}`, values)})`);
}
