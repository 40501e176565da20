import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { type SessionStore, sessionSeconds } from './sessionStore.ts';

export interface CookieSessionsOptions {
  store: SessionStore;
  secret: string;
  /** The address that browsers see begins with https. */
  secure: boolean;
}

/** Browsers take the longer name only from the host itself and over https. */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-session' : 'session';
}

/** Sessions of browsers: a random token in a cookie that no script can read and no foreign page can send. */
export class CookieSessions {
  readonly #options: CookieSessionsOptions;
  readonly #cookie: string;

  constructor(options: CookieSessionsOptions) {
    this.#options = options;
    this.#cookie = sessionCookieName(options.secure);
  }

  /** A new token for each sign-in, so that nobody can choose it beforehand; the one that was there ends. */
  async begin(ctx: Context, customerId: number): Promise<void> {
    await this.end(ctx);
    const token = randomBytes(32).toString('base64url');
    await this.#options.store.create(this.#idOf(token), { customerId });
    this.#setCookie(ctx, token, sessionSeconds);
  }

  async read(ctx: Context): Promise<number | null> {
    const token = this.#tokenOf(ctx);
    if (token === null) return null;
    return (await this.#options.store.read(this.#idOf(token)))?.customerId ?? null;
  }

  async end(ctx: Context): Promise<void> {
    const token = this.#tokenOf(ctx);
    if (token === null) return;
    await this.#options.store.end(this.#idOf(token));
    this.#setCookie(ctx, '', 0);
  }

  #tokenOf(ctx: Context): string | null {
    const token = ctx.cookies.get(this.#cookie);
    return token !== undefined && /^[\w-]{43}$/.test(token) ? token : null;
  }

  /** Keyed, so that whoever can write into the store cannot make a session for a token of his own. */
  #idOf(token: string): string {
    return createHmac('sha256', this.#options.secret).update(token).digest('hex');
  }

  #setCookie(ctx: Context, value: string, maxAgeSeconds: number): void {
    const secure = this.#options.secure ? '; Secure' : '';
    ctx.set(
      'Set-Cookie',
      `${this.#cookie}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`,
    );
  }
}
