import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Database, Session } from '../db/database.ts';

const lifeDays = 30;

export type Rotation = { kind: 'rotated'; customerId: number; token: string } | { kind: 'refused' };

/**
 * A refresh token is good for one use. Its successors are one family: when a used one comes again, somebody has stolen
 * one of them, and nobody can say who, so the whole family ends. The database knows hashes only.
 */
export class RefreshTokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  begin(customerId: number): Promise<string> {
    return this.#database.use((session) => insert(session, randomUUID(), customerId));
  }

  rotate(token: string): Promise<Rotation> {
    return this.#database.use(async (session) => {
      const [old] = await session.rows<{ family: string; customer_id: number }>(
        'select family, customer_id from refresh_tokens where id = ?',
        [idOf(token)],
      );
      if (old === undefined) return { kind: 'refused' };
      // The successor is there before the old one is used up: whoever finds that one used ends a family that holds it.
      const successor = await insert(session, old.family, old.customer_id);
      const used = await session.change(
        'update refresh_tokens set used_at = utc_timestamp(3) where id = ? and used_at is null and revoked_at is null and expires_at > utc_timestamp(3)',
        [idOf(token)],
      );
      if (used === 1) return { kind: 'rotated', customerId: old.customer_id, token: successor };
      await revokeFamily(session, old.family);
      return { kind: 'refused' };
    });
  }

  /** Ends the family of a token, whatever state that one is in. */
  end(token: string): Promise<void> {
    return this.#database.use(async (session) => {
      const [known] = await session.rows<{ family: string }>(
        'select family from refresh_tokens where id = ?',
        [idOf(token)],
      );
      if (known !== undefined) await revokeFamily(session, known.family);
    });
  }
}

async function insert(session: Session, family: string, customerId: number): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await session.change(
    `insert into refresh_tokens (id, family, customer_id, created_at, expires_at)
     values (?, ?, ?, utc_timestamp(3), utc_timestamp(3) + interval ${lifeDays} day)`,
    [idOf(token), family, customerId],
  );
  return token;
}

async function revokeFamily(session: Session, family: string): Promise<void> {
  await session.change(
    'update refresh_tokens set revoked_at = utc_timestamp(3) where family = ? and revoked_at is null',
    [family],
  );
}

/** 256 random bits need no slow hash. */
function idOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
