import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Representation } from '../cache/representation.ts';
import type { Optimization } from './optimization.ts';

export const httpCache = {
  name: 'http-cache',
  group: 'caching',
  title: 'HTTP cache',
  does: 'Gives answers a strong ETag and lets caches keep them if they ask again (max-age=0, must-revalidate): an unchanged answer is a 304 without a body.',
  where: ['GET /products', 'GET /products/:id', 'GET /products/:id/related'],
  evidence: [
    { what: 'answers with status 304', moves: 'up' },
    { what: 'bytes that the service sends', moves: 'down' },
  ],
  risks: ['A validator must be made from everything that the answer shows.'],
} as const satisfies Optimization;

export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Sets the headers; true when the client holds this very answer, and a 304 has been given. */
export function answerIfUnchanged(ctx: Context, { body, etag }: Representation): boolean {
  const current = etag ?? etagOf(body);
  ctx.res.setHeader('ETag', current);
  ctx.res.setHeader('Cache-Control', 'public, max-age=0, must-revalidate');
  if (!isHeld(ctx.req.headers['if-none-match'], current)) return false;
  ctx.status = 304;
  return true;
}

/** RFC 9110, 13.1.2. Koa's own check answers 200 to whoever also sends `Cache-Control: no-cache`, as fetch does. */
function isHeld(ifNoneMatch: string | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  return ifNoneMatch.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}
