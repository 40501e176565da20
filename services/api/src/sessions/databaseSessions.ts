import type { Database } from '../db/database.ts';
import { type SessionStore, sessionSeconds } from './sessionStore.ts';

/** Baseline: two statements for each page, one of them a write. */
export function databaseSessions(database: Database): SessionStore {
  return {
    async create(id, { customerId }) {
      await database.use((session) =>
        session.change(
          `insert into sessions (id, customer_id, data, created_at, expires_at)
           values (?, ?, '', utc_timestamp(3), utc_timestamp(3) + interval ${sessionSeconds} second)`,
          [id, customerId],
        ),
      );
    },
    read(id) {
      return database.use(async (session) => {
        const [row] = await session.rows<{ customer_id: number }>(
          'select customer_id from sessions where id = ? and expires_at > utc_timestamp(3)',
          [id],
        );
        if (row === undefined) return null;
        await session.change(
          `update sessions set expires_at = utc_timestamp(3) + interval ${sessionSeconds} second where id = ?`,
          [id],
        );
        return { customerId: row.customer_id };
      });
    },
    async end(id) {
      await database.use((session) => session.change('delete from sessions where id = ?', [id]));
    },
    part: null,
    close() {},
  };
}
