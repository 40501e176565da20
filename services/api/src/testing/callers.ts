import { AccessTokens } from '../auth/accessTokens.ts';
import type { Role } from '../auth/caller.ts';
import { readConfig } from '../config.ts';

/** The last seeded customer, the only one of the staff. */
export const staffId = 2000;
/** Has one of the long histories. */
export const regularId = 7;

/** As signing in gives them, without the work of a password; what signing in does is in auth.test.ts. */
export async function bearer(
  customerId: number,
  role: Role = 'customer',
): Promise<{ authorization: string }> {
  const { accounts } = readConfig({ MYSQL_URL: 'mysql://nobody@127.0.0.1' });
  const tokens = new AccessTokens({ secret: accounts.jwtSecret, issuer: accounts.publicUrl });
  return { authorization: `Bearer ${await tokens.issue(customerId, role)}` };
}

export function staff(): Promise<{ authorization: string }> {
  return bearer(staffId, 'staff');
}
