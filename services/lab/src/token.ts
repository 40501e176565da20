import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from './errors.ts';
import { createWhole } from './stack/files.ts';

/**
 * Whoever can read `.dyno/token` may start and stop measurements from the dashboard; other users of the machine reach its port too.
 * The file itself never leaves the disk: an address carries a code that counts once, a browser keeps a cookie made from it.
 */
export async function readToken(home: string): Promise<string> {
  const path = join(home, 'token');
  const known = await readPrivately(path);
  if (known !== null) return known;
  const token = randomBytes(32).toString('hex');
  return (await createWhole(path, `${token}\n`)) ? token : readToken(home);
}

/** Opens the dashboard for one browser: the address of a page, with a code for the dashboard that listens on this port. */
export async function addressOf({ home, ports }: Settings, path = '/'): Promise<string> {
  const code = newCode(await readToken(home), ports.dashboard, Date.now());
  const url = new URL(path, `http://127.0.0.1:${ports.dashboard}`);
  url.searchParams.set('token', code);
  return url.href;
}

/** What a browser shows with every request; it survives a new start of the dashboard, and ends when the token's file is removed. */
export function sessionOf(token: string, port: number): string {
  return sign(token, `session ${port}`);
}

export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The codes of one dashboard: each opens it once, and those from before its start never do. */
export class Codes {
  readonly #token: string;
  readonly #port: number;
  readonly #startedMs: number;
  readonly #used = new Set<string>();

  constructor(token: string, port: number, startedMs: number) {
    this.#token = token;
    this.#port = port;
    this.#startedMs = startedMs;
  }

  redeem(code: string): boolean {
    const [, issued = '', nonce = ''] = /^(\d{13})-([0-9a-f]{16})-[0-9a-f]{32}$/.exec(code) ?? [];
    if (!isSame(code, codeOf(this.#token, this.#port, issued, nonce))) return false;
    if (Number(issued) < this.#startedMs || this.#used.has(nonce)) return false;
    this.#used.add(nonce);
    return true;
  }
}

export function newCode(token: string, port: number, nowMs: number): string {
  return codeOf(token, port, String(nowMs), randomBytes(8).toString('hex'));
}

/** Short enough for a line of a terminal: 128 bits of the signature. */
function codeOf(token: string, port: number, issued: string, nonce: string): string {
  return `${issued}-${nonce}-${sign(token, `code ${port} ${issued} ${nonce}`).slice(0, 32)}`;
}

function sign(token: string, text: string): string {
  return createHmac('sha256', token).update(text).digest('hex');
}

/** Null where there is no file; one that others could read or have made is no secret. */
async function readPrivately(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error.code === 'ELOOP' ? unfit(path, 'is a symbolic link') : error;
    },
  );
  if (!file) return null;
  try {
    const { mode, uid } = await file.stat();
    if ((mode & 0o077) !== 0) throw unfit(path, `can be read by others (mode ${(mode & 0o777).toString(8)})`);
    if (uid !== process.getuid?.()) throw unfit(path, `belongs to another user (${uid})`);
    const text = (await file.readFile('utf8')).trim();
    if (!/^[0-9a-f]{64}$/.test(text)) throw unfit(path, 'is damaged');
    return text;
  } finally {
    await file.close();
  }
}

function unfit(path: string, why: string): DynoError {
  return new DynoError(`${path} ${why}: remove it, the next start of the dashboard makes a new one.`);
}
