import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Optimization } from './optimization.ts';

export const streamedAnswers = {
  name: 'streamed-answers',
  group: 'code',
  title: 'Streamed answers',
  does: 'Sends an export piece by piece while it is made (chunked), instead of putting it together in memory first.',
  where: ['GET /exports/orders.csv'],
  evidence: [
    { what: 'time to the first byte', moves: 'down' },
    { what: 'memory of the service', moves: 'down' },
  ],
  risks: [
    'A failure after the first byte cannot become an error answer: the connection is cut, and the client sees an incomplete body.',
    'The client does not learn the length beforehand.',
  ],
} as const satisfies Optimization;

/** Baseline: the whole answer in memory. */
export async function answerWhole(ctx: Context, chunks: AsyncIterable<string>): Promise<void> {
  const whole: string[] = [];
  for await (const chunk of chunks) whole.push(chunk);
  ctx.body = Buffer.from(whole.join(''));
}

/**
 * The first piece is awaited, so that what fails before it is still a proper error. Whoever takes nothing for `timeoutMs` is
 * cut off: the pieces to come hold a connection to the database.
 */
export async function answerInPieces(
  ctx: Context,
  chunks: AsyncGenerator<string, void, undefined>,
  timeoutMs: number,
): Promise<void> {
  const first = await chunks.next();
  const body = Readable.from(continued(first, chunks), { objectMode: false });
  // Nothing else can tell the client that this is not all.
  body.once('error', () => ctx.res.destroy());
  ctx.res.setTimeout(timeoutMs, () => ctx.res.destroy());
  // Also where the client was gone before the rest was begun.
  body.once('close', () => void chunks.return());
  ctx.body = body;
}

async function* continued(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
