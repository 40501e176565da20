import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Context, Next } from 'koa';
import { type Encoding, encodingFor } from '../static/encoding.ts';
import type { Optimization } from './optimization.ts';

export const compression = {
  name: 'compression',
  group: 'delivery',
  title: 'Compressed answers',
  does: 'Compresses texts of 1 KiB and more while they are answered, with brotli (quality 4) or gzip (level 6), as the client accepts; what a cache holds is compressed once.',
  where: ['*'],
  evidence: [
    { what: 'bytes that the service sends', moves: 'down' },
    { what: 'CPU time of the service', moves: 'up' },
  ],
  risks: [
    'On a fast network it only costs CPU time.',
    'Where a secret and what a stranger may choose stand in one answer, its length tells of the secret (BREACH).',
  ],
} as const satisfies Optimization;

const atLeastBytes = 1024;
/** Node's own default quality, 11, takes far longer than 4 and saves little more. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const gzipOptions = { level: 6 };
const compressible = /^(?:text\/|application\/(?:json|problem\+json|javascript)|image\/svg)/;
const brotliOf = promisify(brotliCompress);
const gzipOf = promisify(gzip);

/** A body that is answered again is the same object: caches keep it, and with it what was made of it. */
const made = new WeakMap<Buffer, Map<Encoding, Promise<Buffer>>>();

export async function compressAnswers(ctx: Context, next: Next): Promise<void> {
  await next();
  if (ctx.status === 304) return renewed(ctx);
  const { body } = ctx;
  if (body == null || !compressible.test(headerOf(ctx, 'Content-Type'))) return;
  ctx.vary('Accept-Encoding');
  if (ctx.res.hasHeader('Content-Encoding') || isFixed(ctx)) return;
  const encoding = encodingFor(ctx.get('Accept-Encoding'), ['br', 'gzip']);
  if (encoding === null) return;
  const { status } = ctx;
  const compressed = await compressedBody(body, encoding);
  if (compressed === null) return;
  ctx.body = compressed;
  ctx.status = status;
  ctx.set('Content-Encoding', encoding);
  weaken(ctx);
}

async function compressedBody(body: unknown, encoding: Encoding) {
  if (isReadable(body)) {
    const stream = encoding === 'br' ? createBrotliCompress(brotliOptions) : createGzip(gzipOptions);
    // A reader that goes away ends the source, too: its query is cancelled.
    return pipeline(body, stream, () => {});
  }
  const bytes = bytesOf(body);
  return bytes.length < atLeastBytes ? null : compressedOnce(bytes, encoding);
}

/** Of what is neither a stream nor bytes Koa would make JSON. */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function compressedOnce(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  const known = made.get(bytes) ?? new Map<Encoding, Promise<Buffer>>();
  made.set(bytes, known);
  const found = known.get(encoding);
  if (found !== undefined) return found;
  const making = encoding === 'br' ? brotliOf(bytes, brotliOptions) : gzipOf(bytes, gzipOptions);
  known.set(encoding, making);
  return making;
}

function isFixed(ctx: Context): boolean {
  return ctx.status === 206 || /\bno-transform\b/.test(headerOf(ctx, 'Cache-Control'));
}

/** The same content in other bytes: a strong validator would promise too much. If-None-Match compares weakly. */
function weaken(ctx: Context): void {
  const etag = headerOf(ctx, 'ETag');
  if (etag.startsWith('"')) ctx.set('ETag', `W/${etag}`);
}

/** The headers of a 304 replace those of the answer that the client holds, so they must be the same. */
function renewed(ctx: Context): void {
  ctx.vary('Accept-Encoding');
  const held = ctx.get('If-None-Match');
  // Who only has a date got what is sent to whoever understands the same encodings.
  const compressed =
    held === ''
      ? encodingFor(ctx.get('Accept-Encoding'), ['br', 'gzip']) !== null
      : held.includes(`W/${headerOf(ctx, 'ETag')}`);
  if (compressed) weaken(ctx);
}

function isReadable(body: unknown): body is NodeJS.ReadableStream {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}

function headerOf({ res }: Context, name: string): string {
  return String(res.getHeader(name) ?? '');
}
