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
  return function parse(ctx) {
    const errors: FieldError[] = [];
    const input: Parsed = {
      params: params && checked(params, ctx.params, 'path', errors),
      query: query && checked(query, ctx.query, 'query', errors),
      headers: headers && checked(headers, ctx.headers, 'header', errors),
    };
    if (errors.length > 0) throw badInput(errors);
    return input;
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
