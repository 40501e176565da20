import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Representation } from '../cache/representation.ts';
import type { Optimization } from './optimization.ts';

export const httpCache = {
  name: 'http-cache',
  group: 'caching',
  title: 'HTTP cache',
  does: 'Gives answers a strong ETag, and that of one product the date of its last change (Last-Modified), and lets caches keep them if they ask again (max-age=0, must-revalidate): an unchanged answer is a 304 without a body.',
  where: [
    'GET /products',
    'GET /products/:id',
    'GET /products/:id/related',
    'GET /images/products/:file',
    'GET /assets/:file',
  ],
  evidence: [
    { what: 'answers with status 304', moves: 'up' },
    { what: 'bytes that the service sends', moves: 'down' },
  ],
  risks: [
    'A validator must be made from everything that the answer shows.',
    'A date tells seconds only, and what is shown may change twice in one: it is given when its second is long over. A list has none: what goes out of it would make it older.',
  ],
} as const satisfies Optimization;

export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Clocks of the database and of ours may differ by so much. */
const clocksDifferMs = 60_000;

/**
 * A change carries the second in which its statement ran, and is seen when its transaction has ended: until then, and until
 * the second is over, there may be another answer with the same date. `transactionMs`: the longest that one takes.
 */
export function lastModifiedAfter(transactionMs: number): (changedAt: Date) => string | null {
  const settledMs = transactionMs + clocksDifferMs;
  return (changedAt) => (Date.now() - changedAt.getTime() < settledMs ? null : changedAt.toUTCString());
}

/** Sets the headers; true when the client holds this very answer, and a 304 has been given. */
export function answerIfUnchanged(ctx: Context, { body, etag, lastModified }: Representation): boolean {
  const current = etag ?? etagOf(body);
  ctx.res.setHeader('ETag', current);
  ctx.res.setHeader('Cache-Control', 'public, max-age=0, must-revalidate');
  const asked = ctx.req.headers;
  const ifNoneMatch = asked['if-none-match'];
  // Whoever says which answer it holds need not say since when (RFC 9110, 13.2.2).
  const held = ifNoneMatch
    ? isHeld(ifNoneMatch, current)
    : isUnchangedSince(asked['if-modified-since'], lastModified);
  if (held) ctx.status = 304;
  else if (lastModified !== undefined) ctx.res.setHeader('Last-Modified', lastModified);
  return held;
}

/** RFC 9110, 13.1.2. Koa's own check answers 200 to whoever also sends `Cache-Control: no-cache`, as fetch does. */
function isHeld(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}

/** RFC 9110, 13.1.3. Nothing is unchanged since something that is no date. */
function isUnchangedSince(ifModifiedSince: string | undefined, lastModified: string | undefined): boolean {
  if (ifModifiedSince === undefined || lastModified === undefined) return false;
  return Date.parse(lastModified) <= timeOf(ifModifiedSince);
}

const dayAndTime = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
/** Nobody shall send these any more, and everybody shall understand them (RFC 9110, 5.6.7). */
const withWeekday = /^[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
const withoutZone = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** Milliseconds; NaN where it is no HTTP date. */
function timeOf(text: string): number {
  if (dayAndTime.test(text) || withWeekday.test(text)) return Date.parse(text);
  return withoutZone.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
}
