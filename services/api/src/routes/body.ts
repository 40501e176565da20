import type { Context } from 'koa';
import type { z } from 'zod';
import { Problem } from '../problem.ts';
import { badInput, checked, type FieldError } from './input.ts';

/** What a route reads: parsed by a schema, or a stream of at most so many bytes. */
export type BodyDeclaration =
  | {
      type: 'application/json' | 'application/x-www-form-urlencoded';
      schema: z.ZodType;
      /** 16 KiB where nothing is said. */
      maxBytes?: number;
    }
  | { type: 'text/csv'; stream: true; maxBytes: number };

export const defaultMaxBytes = 16 * 1024;

export async function readBody(ctx: Context, body: BodyDeclaration): Promise<unknown> {
  // A form or a script of a foreign page can send some types without being asked first: only the declared one is read.
  if (!ctx.is(body.type)) throw new Problem(415, 'Unsupported media type', `Send ${body.type}.`);
  const coding = ctx.get('Content-Encoding');
  // Nothing is inflated here, so that no small body can become a large one.
  if (coding !== '' && coding !== 'identity') {
    throw new Problem(
      415,
      'Unsupported media type',
      `Send it without Content-Encoding; "${coding}" is not read.`,
    );
  }
  const maxBytes = body.maxBytes ?? defaultMaxBytes;
  if (Number(ctx.get('Content-Length')) > maxBytes) throw tooLarge(ctx, maxBytes);
  if ('stream' in body) return limited(ctx, maxBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of limited(ctx, maxBytes)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const errors: FieldError[] = [];
  const content = checked(body.schema, parse(body.type, text), 'body', errors);
  if (errors.length > 0) throw badInput(errors);
  return content;
}

async function* limited(ctx: Context, maxBytes: number): AsyncIterable<Buffer> {
  let bytes = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(ctx, maxBytes);
    yield chunk;
  }
}

/** The rest is not read: the connection ends with the answer. */
function tooLarge(ctx: Context, maxBytes: number): Problem {
  ctx.set('Connection', 'close');
  return new Problem(413, 'Content too large', `At most ${maxBytes} bytes are read here.`);
}

function parse(type: 'application/json' | 'application/x-www-form-urlencoded', text: string): unknown {
  if (type === 'application/x-www-form-urlencoded') return formFields(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, 'Bad request', 'The body is not JSON.', {
      cause,
      errors: [{ in: 'body', parameter: '', message: 'is not JSON' }],
    });
  }
}

/** A field that comes twice is an array, which no schema of ours takes. */
function formFields(text: string): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  const sent = new URLSearchParams(text);
  for (const name of new Set(sent.keys())) {
    const values = sent.getAll(name);
    fields[name] = values.length === 1 ? values[0] : values;
  }
  return fields;
}
