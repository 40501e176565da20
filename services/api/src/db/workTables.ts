/**
 * Tables that begin empty and that the shop fills while it is in use. The seed's stamp does not count their rows;
 * seeding anew empties them.
 */
export const workTableNames = [
  'sessions',
  'refresh_tokens',
  'idempotency_keys',
  'outbox',
  'emails',
  'imports',
  'import_parts',
  'reports',
] as const;
export type WorkTableName = (typeof workTableNames)[number];

/** What is looked up by a name from outside is compared byte by byte. */
const bytes = 'character set ascii collate ascii_bin';

/** Primary keys are what makes an answer right (one order a key, one e-mail a row); they are in both schemas. */
export const workTables: Readonly<Record<WorkTableName, string>> = {
  sessions: `
    id char(64) ${bytes} not null primary key,
    customer_id int unsigned not null,
    data text not null,
    created_at datetime(3) not null,
    expires_at datetime(3) not null`,
  refresh_tokens: `
    id char(64) ${bytes} not null primary key,
    family char(36) ${bytes} not null,
    customer_id int unsigned not null,
    created_at datetime(3) not null,
    expires_at datetime(3) not null,
    used_at datetime(3) null,
    revoked_at datetime(3) null`,
  idempotency_keys: `
    customer_id int unsigned not null,
    idempotency_key varchar(64) ${bytes} not null,
    request_hash char(64) ${bytes} not null,
    status smallint unsigned null,
    body mediumtext null,
    created_at datetime(3) not null,
    primary key (customer_id, idempotency_key)`,
  outbox: `
    id bigint unsigned not null auto_increment primary key,
    kind varchar(40) not null,
    payload mediumtext not null,
    state varchar(16) not null,
    traceparent varchar(64) null,
    reason varchar(500) null,
    created_at datetime(3) not null`,
  emails: `
    id bigint unsigned not null primary key,
    recipient varchar(120) not null,
    subject varchar(200) not null,
    body text not null,
    state varchar(16) not null,
    owner varchar(64) null,
    until datetime(3) null,
    created_at datetime(3) not null,
    sent_at datetime(3) null`,
  imports: `
    id bigint unsigned not null auto_increment primary key,
    customer_id int unsigned not null,
    state varchar(16) not null,
    row_count int unsigned not null,
    first_product_id int unsigned not null,
    rows_done int unsigned not null default 0,
    rows_refused int unsigned not null default 0,
    problems mediumtext null,
    owner varchar(64) null,
    until datetime(3) null,
    created_at datetime(3) not null,
    finished_at datetime(3) null`,
  import_parts: `
    import_id bigint unsigned not null,
    part_no int unsigned not null,
    content mediumblob not null,
    primary key (import_id, part_no)`,
  reports: `
    id bigint unsigned not null auto_increment primary key,
    customer_id int unsigned not null,
    month char(7) not null,
    state varchar(16) not null,
    content longtext null,
    owner varchar(64) null,
    until datetime(3) null,
    created_at datetime(3) not null,
    finished_at datetime(3) null`,
};

/** Only in `shop_indexed`. */
export const workIndexes: Readonly<Record<WorkTableName, readonly string[]>> = {
  sessions: [],
  refresh_tokens: ['index family (family)'],
  idempotency_keys: [],
  outbox: ['index state (state, id)'],
  // Asked for by id only. With an index on their state, holding one locks the index over all that wait, and deadlocks with others.
  emails: [],
  imports: [],
  import_parts: [],
  reports: [],
};
