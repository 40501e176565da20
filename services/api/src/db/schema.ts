/** Raise it when answers change their shape: what caches hold from before is then not read. */
export const shapeVersion = 3;

/** In the order in which they are filled. What the shop itself only writes is in workTables.ts. */
export const tableNames = [
  'categories',
  'reviews',
  'products',
  'category_counts',
  'product_words',
  'customers',
  'profiles',
  'order_items',
  'orders',
] as const;
export type TableName = (typeof tableNames)[number];

/** The two schemas hold the same rows; the connection's database decides, so that switching costs no DDL. */
export function schemaName(prefix: string, indexed: boolean): string {
  return `${prefix}_${indexed ? 'indexed' : 'plain'}`;
}

/**
 * Primary keys only. There are no foreign keys: InnoDB makes an index for each by itself, which would give the
 * plain schema the very indexes that it must not have. `changed_at`: when anything of the row that an answer shows was
 * written last, by whoever writes it; `updated_at` is when somebody last edited the product.
 */
export const tables: Readonly<Record<TableName, string>> = {
  categories: `
    id int unsigned not null primary key,
    slug varchar(40) not null,
    name varchar(80) not null,
    parent_id int unsigned null`,
  products: `
    id int unsigned not null auto_increment primary key,
    category_id int unsigned not null,
    sku varchar(20) not null,
    name varchar(120) not null,
    summary varchar(255) not null,
    description text not null,
    specification text not null,
    price_cents int unsigned not null,
    currency char(3) not null,
    stock int unsigned not null,
    status varchar(16) not null,
    image_url varchar(120) not null,
    weight_grams int unsigned not null,
    created_at datetime not null,
    updated_at datetime not null,
    changed_at datetime not null,
    rating_sum int unsigned not null default 0,
    rating_count int unsigned not null default 0,
    rating_rank int unsigned as (if(rating_count = 0, 0, rating_sum * 10000 div rating_count)) stored`,
  category_counts: `
    category_id int unsigned not null primary key,
    products int unsigned not null`,
  product_words: `
    word varchar(120) not null,
    product_id int unsigned not null,
    primary key (word, product_id)`,
  customers: `
    id int unsigned not null auto_increment primary key,
    email varchar(120) not null,
    password_hash varchar(160) not null,
    name varchar(80) not null,
    role varchar(16) not null default 'customer',
    created_at datetime not null,
    changed_at datetime not null`,
  profiles: `
    customer_id int unsigned not null primary key,
    street varchar(120) not null,
    city varchar(80) not null,
    postcode varchar(12) not null,
    country char(2) not null,
    phone varchar(24) not null,
    bio varchar(500) not null`,
  reviews: `
    id int unsigned not null auto_increment primary key,
    product_id int unsigned not null,
    customer_id int unsigned not null,
    rating tinyint unsigned not null,
    title varchar(80) not null,
    body varchar(500) not null,
    created_at datetime not null`,
  order_items: `
    id int unsigned not null auto_increment primary key,
    order_id int unsigned not null,
    product_id int unsigned not null,
    quantity int unsigned not null,
    price_cents int unsigned not null`,
  orders: `
    id int unsigned not null auto_increment primary key,
    customer_id int unsigned not null,
    status varchar(16) not null,
    total_cents int unsigned not null,
    created_at datetime not null`,
};

/** What `shop_indexed` has and `shop_plain` has not, added after the rows. */
export const secondaryIndexes: Readonly<Record<TableName, readonly string[]>> = {
  categories: ['add unique index slug (slug)'],
  products: [
    'add index category_created (category_id, created_at, id)',
    'add index category_price (category_id, price_cents, id)',
    'add index created (created_at, id)',
    'add index price (price_cents, id)',
    'add index category_rating (category_id, rating_rank, id)',
    'add index rating (rating_rank, id)',
    'add unique index sku (sku)',
  ],
  category_counts: [],
  product_words: [],
  customers: ['add unique index email (email)'],
  profiles: [],
  reviews: [
    'add index product_created (product_id, created_at, id)',
    'add index product_rating (product_id, rating)',
    'add index customer (customer_id)',
  ],
  order_items: ['add index order_lines (order_id)', 'add index product_orders (product_id, order_id)'],
  orders: ['add index customer_created (customer_id, created_at)'],
};
