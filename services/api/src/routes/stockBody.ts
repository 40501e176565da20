import type { Context } from 'koa';
import { z } from 'zod';
import { Problem } from '../problem.ts';

const maxBytes = 1024;
const stockSchema = z.strictObject({ stock: z.int().min(0).max(1_000_000) });

export async function readStock(ctx: Context): Promise<number> {
  // A form or a script of a foreign page can send other types without being asked first.
  if (ctx.is('application/json') === false || ctx.is('application/json') === null) {
    throw new Problem(415, 'Unsupported media type', 'Send application/json.');
  }
  const parsed = stockSchema.safeParse(parse(await readText(ctx)));
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({
      parameter: issue.path.join('.'),
      message: issue.message,
    }));
    throw new Problem(400, 'Bad request', 'Send {"stock": <whole number from 0>}.', { errors });
  }
  return parsed.data.stock;
}

async function readText(ctx: Context): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of ctx.req) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new Problem(413, 'Content too large', `At most ${maxBytes} bytes are read here.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, 'Bad request', 'The body is not JSON.', { cause });
  }
}
