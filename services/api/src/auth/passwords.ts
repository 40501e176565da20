import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { unavailable } from '../problem.ts';

const argon2Async = promisify(argon2);

/** OWASP's least for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };

/** What a stored hash may ask for: a row of the database must not decide how much memory the service takes. */
const most = { memory: 65_536, passes: 6, parallelism: 4 };

/**
 * Hashing a password takes some 20 MiB and a thread of the pool for tens of milliseconds: so few at once, few waiting,
 * and whoever does not fit is told to come back, instead of everything else in the process waiting behind sign-ins.
 */
export class Passwords {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: { atOnce: number; mostWaiting: number }) {
    this.#atOnce = limits.atOnce;
    this.#mostWaiting = limits.mostWaiting;
  }

  async hash(password: string): Promise<string> {
    const nonce = randomBytes(16);
    const tag = await this.#bounded(() => argon2Async('argon2id', { message: password, nonce, ...cost }));
    const { memory, passes, parallelism } = cost;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`;
  }

  /** Without a stored hash it works as long and says no: the time does not tell which accounts there are. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const wanted = stored === null ? null : parse(stored);
    const { nonce, tag, ...asked } = wanted ?? { nonce: Buffer.alloc(16), tag: Buffer.alloc(32), ...cost };
    const made = await this.#bounded(() =>
      argon2Async('argon2id', { message: password, nonce, ...asked, tagLength: tag.length }),
    );
    return timingSafeEqual(made, tag) && wanted !== null;
  }

  async #bounded<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#mostWaiting) {
        throw unavailable('Too many people are signing in at this moment; try again.');
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      // The place is handed on, so that nobody who comes now gets in front of those who wait.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

const phc =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Null for what is no argon2id hash, or one that asks for too much: nobody signs in with it. */
function parse(stored: string) {
  const [, memory, passes, parallelism, nonce = '', tag = ''] = phc.exec(stored) ?? [];
  const asked = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const fits =
    asked.memory <= most.memory &&
    asked.passes >= 1 &&
    asked.passes <= most.passes &&
    asked.parallelism >= 1 &&
    asked.parallelism <= most.parallelism &&
    asked.memory >= 8 * asked.parallelism;
  return fits ? { ...asked, nonce: Buffer.from(nonce, 'base64'), tag: Buffer.from(tag, 'base64') } : null;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
