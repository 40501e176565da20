import { createHash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { Problem } from '../problem.ts';
import { insertEmptyProfile } from '../store/profiles.ts';
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
    return this.#database.locked(lock, async (session) => {
      const known = await session.rows('select id from customers where email = ?', [email]);
      if (known.length > 0) throw taken(email);
      const id = await session.insert(
        `insert into customers (email, password_hash, name, role, created_at, changed_at)
         values (?, ?, ?, 'customer', utc_timestamp(), utc_timestamp())`,
        [email, passwordHash, name],
      );
      await session.change(insertEmptyProfile, [id]);
      return id;
    });
  }
}

function taken(email: string): Problem {
  return new Problem(409, 'Conflict', `There is an account with ${email} already; sign in.`);
}

function roleOf(text: string): Role {
  return text === 'staff' ? 'staff' : 'customer';
}
