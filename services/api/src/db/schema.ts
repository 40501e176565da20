/** Raise it when answers change their shape: what caches hold from before is then not read. */
export const shapeVersion = 1;

export const tableNames = [
  'categories',
  'products',
  'customers',
  'profiles',
  'reviews',
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
 * plain schema the very indexes that it must not have.
 */
export const tables: Readonly<Record<TableName, string>> = {
  categories: `
    id int unsigned not null primary key,
    slug varchar(40) not null,
    name varchar(80) not null,
    parent_id int unsigned null`,
  products: `
    id int unsigned not null primary key,
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
    updated_at datetime not null`,
  customers: `
    id int unsigned not null primary key,
    email varchar(120) not null,
    password_hash varchar(160) not null,
    name varchar(80) not null,
    created_at datetime not null`,
  profiles: `
    customer_id int unsigned not null primary key,
    street varchar(120) not null,
    city varchar(80) not null,
    postcode varchar(12) not null,
    country char(2) not null,
    phone varchar(24) not null,
    bio varchar(500) not null`,
  reviews: `
    id int unsigned not null primary key,
    product_id int unsigned not null,
    customer_id int unsigned not null,
    rating tinyint unsigned not null,
    title varchar(80) not null,
    body varchar(500) not null,
    created_at datetime not null`,
  order_items: `
    id int unsigned not null primary key,
    order_id int unsigned not null,
    product_id int unsigned not null,
    quantity int unsigned not null,
    price_cents int unsigned not null`,
  orders: `
    id int unsigned not null primary key,
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
  ],
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
