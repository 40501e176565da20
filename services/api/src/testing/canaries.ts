import { randomBytes } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { demoPassword, demoPasswordHash } from '../db/demoPassword.ts';
import { bearer } from './callers.ts';
import { testDatabase, withMysql } from './servers.ts';

/** Somebody whose things hold a string that nobody else may ever receive; null is somebody who has not signed in. */
export interface Caller {
  name: string;
  id: number | null;
  canary: string | null;
  headers: Record<string, string>;
}

export interface Customer extends Caller {
  id: number;
  canary: string;
  email: string;
  orderId: number;
}

export interface Asked {
  method: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Whatever brings a question to the shop and its answer back. */
export interface Sender {
  send(asked: Asked): Promise<Received>;
}

/** Far from the seeded rows, and the same in both schemas. */
const firstId = 9_000_001;
const schemas = [`${testDatabase}_plain`, `${testDatabase}_indexed`];

/** Two customers with canaries in name, address and orders: everything that a page or an answer shows of them. */
export async function plantCanaries(): Promise<Customer[]> {
  await removeCanaries();
  const customers = ['Ada', 'Bob'].map((name, index) => ({
    name,
    id: firstId + index,
    // As long as the state of an order may be.
    canary: `c${randomBytes(7).toString('hex')}`,
    email: `canary${index}@example.com`,
    orderId: firstId + index,
    headers: {},
  }));
  await withMysql(async (connection) => {
    for (const schema of schemas) {
      for (const { id, canary, email, orderId } of customers) {
        await connection.query(
          `insert into ${schema}.customers (id, email, password_hash, name, role, created_at, changed_at) values (?, ?, ?, ?, 'customer', '2025-01-01', '2025-01-01')`,
          [id, email, demoPasswordHash, `Name ${canary}`],
        );
        await connection.query(
          `insert into ${schema}.profiles (customer_id, street, city, postcode, country, phone, bio) values (?, ?, ?, '10115', 'DE', '1', ?)`,
          [id, `1 ${canary} Street`, canary, `I am ${canary}.`],
        );
        await connection.query(
          `insert into ${schema}.orders (id, customer_id, status, total_cents, created_at) values (?, ?, ?, 1000, '2026-01-01')`,
          [orderId, id, canary],
        );
        await connection.query(
          `insert into ${schema}.order_items (id, order_id, product_id, quantity, price_cents) values (?, ?, ?, 1, 1000)`,
          [orderId, orderId, id - firstId + 1],
        );
      }
    }
  });
  return customers;
}

export async function removeCanaries(): Promise<void> {
  await withMysql(async (connection) => {
    for (const schema of schemas) {
      const emails = `${schema}.emails where recipient like 'canary_@example.com'`;
      await connection.query(`delete from ${schema}.outbox where id in (select id from ${emails})`);
      await connection.query(`delete from ${emails}`);
      await connection.query(`delete from ${schema}.idempotency_keys where customer_id >= ?`, [firstId]);
      await connection.query(`delete from ${schema}.sessions where customer_id >= ?`, [firstId]);
      await connection.query(`delete from ${schema}.customers where id >= ?`, [firstId]);
      await connection.query(`delete from ${schema}.profiles where customer_id >= ?`, [firstId]);
      await connection.query(`delete from ${schema}.orders where id >= ?`, [firstId]);
      await connection.query(`delete from ${schema}.order_items where id >= ?`, [firstId]);
    }
  });
}

/** Signs in by token and by cookie; every request carries both, so that public routes are tried with them, too. */
export async function signIn(client: Sender, customer: Customer): Promise<void> {
  const { headers } = await client.send({
    method: 'POST',
    path: '/account/sign-in',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: customer.email, password: demoPassword }).toString(),
  });
  const [cookie] = headers['set-cookie']?.[0]?.split(';', 1) ?? [];
  if (cookie === undefined) throw new Error(`${customer.name} could not sign in.`);
  customer.headers = { ...(await bearer(customer.id)), cookie };
}

/** What nobody else may receive, and no store may hold: whoever reads a copy of it could go on as this customer. */
export function credentialsOf({ headers: { authorization = '', cookie = '' } }: Customer): string[] {
  return [authorization.slice('Bearer '.length), cookie.slice(cookie.indexOf('=') + 1)].filter(Boolean);
}

/** Sends what a browser would not: any path, any Host. */
export class Client implements Sender {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  send({ method, path, headers = {}, body }: Asked): Promise<Received> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = decoded(Buffer.concat(chunks), answer.headers['content-encoding']);
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function decoded(body: Buffer, encoding: string | undefined): string {
  if (body.length === 0) return '';
  if (encoding === 'gzip') return gunzipSync(body).toString();
  if (encoding === 'br') return brotliDecompressSync(body).toString();
  return body.toString();
}
