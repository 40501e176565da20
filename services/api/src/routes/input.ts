import type { Context } from 'koa';
import type { z } from 'zod';
import { Problem } from '../problem.ts';

export type Place = 'path' | 'query' | 'header' | 'body';

/** One thing that does not fit, as problem+json tells it. */
export interface FieldError {
  in: Place;
  parameter: string;
  message: string;
}

interface Parts {
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  headers?: z.ZodType | undefined;
}

interface Parsed {
  params: unknown;
  query: unknown;
  headers: unknown;
}

/** Checks all that stands before the body and names all that does not fit at once. */
export function parseInput({ params, query, headers }: Parts): (ctx: Context) => Parsed {
  const known = params === undefined && headers === undefined ? knownQueries() : null;
  return function parse(ctx) {
    // The address as it came: the parsed one says no more, and parsing costs more than finding it.
    const { url = '' } = ctx.req;
    const before = known?.get(url);
    if (before !== undefined) return before;
    const errors: FieldError[] = [];
    const input: Parsed = {
      params: params && checked(params, ctx.params, 'path', errors),
      query: query && checked(query, ctx.query, 'query', errors),
      headers: headers && checked(headers, ctx.headers, 'header', errors),
    };
    if (errors.length > 0) throw badInput(errors);
    known?.set(url, input);
    return input;
  };
}

const knownAtMost = 1000;
const knownLengthAtMost = 200;

/** The same text gives the same input, and a shop is asked a few hundred questions again and again: checking costs more than looking up. */
function knownQueries() {
  const known = new Map<string, Parsed>();
  return {
    get: (text: string) => known.get(text),
    set(text: string, input: Parsed): void {
      if (text.length > knownLengthAtMost) return;
      // Nobody can make it grow, and what is really asked again is soon back.
      if (known.size >= knownAtMost) known.clear();
      // Many requests share it.
      if (typeof input.query === 'object') Object.freeze(input.query);
      known.set(text, input);
    },
  };
}

export function checked(schema: z.ZodType, value: unknown, place: Place, errors: FieldError[]): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) errors.push(...fieldErrors(issue, value, place));
  return undefined;
}

export function badInput(errors: FieldError[]): Problem {
  const [first] = errors;
  const which = first === undefined ? '' : ` "${first.parameter}" in the ${first.in} ${first.message}.`;
  return new Problem(400, 'Bad request', `The request does not fit.${which}`, { errors });
}

function fieldErrors(issue: z.core.$ZodIssue, value: unknown, place: Place): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: place,
      parameter: [...issue.path, key].join('.'),
      message: 'is not known here',
    }));
  }
  const parameter = issue.path.map(String).join('.');
  const given = (value as Record<PropertyKey, unknown> | null | undefined)?.[issue.path[0] ?? ''];
  const isRepeated = place !== 'body' && Array.isArray(given);
  return [{ in: place, parameter, message: isRepeated ? 'must be given once' : issue.message }];
}
