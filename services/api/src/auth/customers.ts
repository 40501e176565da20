import { createHash } from 'node:crypto';
import type { Database, Session } from '../db/database.ts';
import { Problem, unavailable } from '../problem.ts';
import type { Role } from './caller.ts';

export interface Credentials {
  id: number;
  passwordHash: string;
  role: Role;
}

/** The rows that signing in needs. */
export class Customers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  byEmail(email: string): Promise<Credentials | null> {
    return this.#database.use(async (session) => {
      const [row] = await session.rows<{ id: number; password_hash: string; role: string }>(
        'select id, password_hash, role from customers where email = ?',
        [email],
      );
      return row === undefined
        ? null
        : { id: row.id, passwordHash: row.password_hash, role: roleOf(row.role) };
    });
  }

  /** Null when there is no such customer any more. */
  roleOf(id: number): Promise<Role | null> {
    return this.#database.use(async (session) => {
      const [row] = await session.rows<{ role: string }>('select role from customers where id = ?', [id]);
      return row === undefined ? null : roleOf(row.role);
    });
  }

  /**
   * One e-mail address, one customer, also in the schema that has no index to say so: a lock of the server does. It has
   * to outlast the insert's commit, so this is no transaction; a customer without a profile is one who has not filled it in.
   */
  create(customer: { email: string; name: string; passwordHash: string }): Promise<number> {
    const { email, name, passwordHash } = customer;
    const lock = `sign-up:${createHash('sha256').update(email).digest('hex').slice(0, 40)}`;
    return this.#database.use(async (session) => {
      await takeLock(session, lock);
      try {
        const known = await session.rows('select id from customers where email = ?', [email]);
        if (known.length > 0) throw taken(email);
        const id = await session.insert(
          `insert into customers (email, password_hash, name, role, created_at)
           values (?, ?, ?, 'customer', utc_timestamp())`,
          [email, passwordHash, name],
        );
        await session.change(
          "insert into profiles (customer_id, street, city, postcode, country, phone, bio) values (?, '', '', '', 'DE', '', '')",
          [id],
        );
        return id;
      } finally {
        await session.rows('select release_lock(?)', [lock]).catch(() => {});
      }
    });
  }
}

async function takeLock(session: Session, lock: string): Promise<void> {
  const [row] = await session.rows<{ locked: number | null }>('select get_lock(?, 5) as locked', [lock]);
  if (Number(row?.locked) !== 1)
    throw unavailable('Somebody signs up with this address at this moment; try again.');
}

function taken(email: string): Problem {
  return new Problem(409, 'Conflict', `There is an account with ${email} already; sign in.`);
}

function roleOf(text: string): Role {
  return text === 'staff' ? 'staff' : 'customer';
}
