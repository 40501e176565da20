import { createHash } from 'node:crypto';
import { demoPassword } from '../db/demoPassword.ts';
import { Problem } from '../problem.ts';
import { type AccessTokens, accessTokenSeconds } from './accessTokens.ts';
import type { Credentials, Customers } from './customers.ts';
import type { Limit } from './limits.ts';
import type { Passwords } from './passwords.ts';
import type { RefreshTokens } from './refreshTokens.ts';

export interface Tokens {
  accessToken: string;
  tokenType: 'Bearer';
  expiresInSeconds: number;
  refreshToken: string;
}

export interface AccountsDeps {
  customers: Customers;
  passwords: Passwords;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  /** Guesses at one account from one address, and from everywhere together. */
  guesses: { fromAddress: Limit; fromAnywhere: Limit };
  /** False in production: the password of the seeded customers is public. */
  acceptsDemoPassword: boolean;
}

/** Signing up, in and out; for tokens and for cookie sessions alike. */
export class Accounts {
  readonly #deps: AccountsDeps;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
  }

  async signUp(wanted: { email: string; password: string; name: string }): Promise<Tokens> {
    if (wanted.password === demoPassword && !this.#deps.acceptsDemoPassword) {
      throw new Problem(422, 'Unprocessable content', 'This password is public; choose another one.', {
        errors: [{ in: 'body', parameter: 'password', message: 'is public' }],
      });
    }
    const passwordHash = await this.#deps.passwords.hash(wanted.password);
    const id = await this.#deps.customers.create({ email: wanted.email, name: wanted.name, passwordHash });
    return this.#tokens(id, 'customer', await this.#deps.refreshTokens.begin(id));
  }

  async signIn(given: { email: string; password: string }, address: string): Promise<Tokens> {
    const { id, role } = await this.authenticate(given, address);
    return this.#tokens(id, role, await this.#deps.refreshTokens.begin(id));
  }

  /** Counted before the password is looked at: many guesses at once are not more than many one by one. */
  async authenticate(given: { email: string; password: string }, address: string): Promise<Credentials> {
    const { customers, passwords, guesses, acceptsDemoPassword } = this.#deps;
    const account = createHash('sha256').update(given.email).digest('hex');
    const here = `${account}@${address}`;
    const detail = 'There were too many attempts to sign in to this account.';
    await guesses.fromAddress.count(here, detail);
    await guesses.fromAnywhere.count(account, detail);
    const known = await customers.byEmail(given.email);
    const isRight = await passwords.verify(given.password, known?.passwordHash ?? null);
    if (known === null || !isRight || (given.password === demoPassword && !acceptsDemoPassword)) {
      throw new Problem(401, 'Unauthorized', 'E-mail address or password is wrong.');
    }
    await guesses.fromAddress.forget(here);
    await guesses.fromAnywhere.takeBack(account);
    return known;
  }

  /** The role is that of this moment, so that a change reaches everybody within the life of an access token. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const rotation = await this.#deps.refreshTokens.rotate(refreshToken);
    const role = rotation.kind === 'rotated' ? await this.#deps.customers.roleOf(rotation.customerId) : null;
    if (rotation.kind === 'refused' || role === null) {
      throw new Problem(401, 'Unauthorized', 'The refresh token is not valid any more; sign in again.');
    }
    return this.#tokens(rotation.customerId, role, rotation.token);
  }

  signOut(refreshToken: string): Promise<void> {
    return this.#deps.refreshTokens.end(refreshToken);
  }

  async #tokens(id: number, role: Credentials['role'], refreshToken: string): Promise<Tokens> {
    return {
      accessToken: await this.#deps.accessTokens.issue(id, role),
      tokenType: 'Bearer',
      expiresInSeconds: accessTokenSeconds,
      refreshToken,
    };
  }
}
