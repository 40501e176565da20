import { z } from 'zod';
import { customerTag } from '../cache/tags.ts';
import type { Database, Session } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { Problem } from '../problem.ts';

const text = (most: number) => z.string().trim().max(most, `must be at most ${most} characters`);

/** What customers may change; e-mail address and role are none of it. */
export const profileChangeSchema = z
  .strictObject({
    name: text(80).min(1, 'must not be empty'),
    street: text(120),
    city: text(80),
    postcode: text(12),
    country: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters'),
    phone: text(24),
    bio: text(500),
  })
  .partial();
export type ProfileChange = z.output<typeof profileChangeSchema>;

export const profileSchema = z.strictObject({
  id: z.int().min(1),
  email: z.string(),
  name: z.string(),
  role: z.enum(['customer', 'staff']),
  street: z.string(),
  city: z.string(),
  postcode: z.string(),
  country: z.string(),
  phone: z.string(),
  bio: z.string(),
  createdAt: z.iso.datetime(),
});
export type Profile = z.output<typeof profileSchema>;

/** As it is before its customer has filled it in. */
export const insertEmptyProfile =
  "insert into profiles (customer_id, street, city, postcode, country, phone, bio) values (?, '', '', '', 'DE', '', '')";

export class Profiles {
  readonly #database: Database;
  readonly #invalidations: Invalidations;

  constructor({ database, invalidations }: { database: Database; invalidations: Invalidations }) {
    this.#database = database;
    this.#invalidations = invalidations;
  }

  read(customerId: number): Promise<Profile> {
    return this.#database.use((session) => readProfile(session, customerId));
  }

  /** Answers with what is there afterwards. */
  change(customerId: number, change: ProfileChange): Promise<Profile> {
    const { name, ...rest } = change;
    return this.#invalidations.transaction([customerTag(customerId)], async (session) => {
      if (name !== undefined) {
        // Under reviews it is shown to everybody.
        await session.change('update customers set name = ?, changed_at = utc_timestamp() where id = ?', [
          name,
          customerId,
        ]);
      }
      const columns = Object.entries(rest).filter(([, value]) => value !== undefined);
      if (columns.length > 0) {
        const update = () =>
          session.change(
            // Names of the schema above, never of the request.
            `update profiles set ${columns.map(([column]) => `${column} = ?`).join(', ')} where customer_id = ?`,
            [...columns.map(([, value]) => value), customerId],
          );
        // Signing up may have ended between the customer and the profile.
        if ((await update()) === 0) {
          await session.change(insertEmptyProfile, [customerId]);
          await update();
        }
      }
      return readProfile(session, customerId);
    });
  }
}

interface ProfileRow extends Omit<Profile, 'createdAt'> {
  created_at: Date;
}

async function readProfile(session: Session, customerId: number): Promise<Profile> {
  const [row] = await session.rows<ProfileRow>(
    `select c.id, c.email, c.name, c.role, c.created_at, coalesce(p.street, '') as street,
       coalesce(p.city, '') as city, coalesce(p.postcode, '') as postcode, coalesce(p.country, 'DE') as country,
       coalesce(p.phone, '') as phone, coalesce(p.bio, '') as bio
     from customers c left join profiles p on p.customer_id = c.id where c.id = ?`,
    [customerId],
  );
  if (row === undefined) throw new Problem(404, 'Not found', 'This account is not there any more.');
  const { created_at, ...rest } = row;
  return { ...rest, createdAt: created_at.toISOString() };
}
