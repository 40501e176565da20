import type { Context } from 'koa';
import type { z } from 'zod';
import { anonymous, type Caller, type Customer } from '../auth/caller.ts';
import { type BodyDeclaration, readBody } from './body.ts';
import { parseInput } from './input.ts';

export type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';

/**
 * Who may call a route. `anyone`: the caller is not even read. `customer`: everybody with an access token, staff too.
 * `staff`: the role of this moment, not that of the token. `session`: a page for whoever is signed in with a cookie;
 * others are sent to the sign-in page.
 */
export type Access = 'anyone' | 'customer' | 'staff' | 'session';

type Schema = z.ZodType | undefined;
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler is given: everything is checked, nothing else may be read from the request. */
export interface Input<Params, Query, Headers, Body, Who> {
  params: Params;
  query: Query;
  headers: Headers;
  body: Body;
  caller: Who;
}

/** One answer by its status: a sentence, and what it carries if that is no problem+json. */
export interface AnswerDeclaration {
  description: string;
  schema?: z.ZodType;
  /** `application/json` where there is a schema, else nothing is carried. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Declaration<
  A extends Access,
  P extends Schema,
  Q extends Schema,
  H extends Schema,
  B extends BodyDeclaration | undefined,
> {
  method: Method;
  /** As the router and the metrics name it: `/products/:id`. */
  path: string;
  /** Heading in the document. */
  tag: string;
  summary: string;
  access: A;
  params?: P;
  query?: Q;
  /** By their names in lower case. */
  headers?: H;
  body?: B;
  /** Per caller and minute; the numbers are in the configuration. */
  limit?: LimitName;
  /** A text alone is a problem+json. Answers that follow from the declaration (400, 401, 403, 413, 415, 429, 503) need not be listed. */
  answers: Readonly<Record<number, AnswerDeclaration | string>>;
  answer(
    ctx: Context,
    input: Input<Parsed<P>, Parsed<Q>, Parsed<H>, BodyOf<B>, CallerOf<A>>,
  ): Promise<void> | void;
}

type BodyOf<B> = B extends { schema: infer S extends z.ZodType }
  ? z.output<S>
  : B extends { stream: true }
    ? AsyncIterable<Buffer>
    : undefined;
type CallerOf<A> = A extends 'anyone' ? { kind: 'anonymous' } : Customer;

/** What a request may be counted against. */
export type LimitName = 'signIn' | 'signUp' | 'refresh' | 'write' | 'heavy' | 'page';

/** Decides about a request before anything of it is read. */
export interface Guard {
  /** Throws a problem where the caller may not; null when the answer has been given already. */
  admit(ctx: Context, access: Exclude<Access, 'anyone'>): Promise<Customer | null>;
  count(ctx: Context, limit: LimitName, caller: Caller): Promise<void>;
}

/** A route as the router, the document and the tests see it. */
export interface Route {
  method: Method;
  path: string;
  tag: string;
  summary: string;
  access: Access;
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  headers?: z.ZodType | undefined;
  body?: BodyDeclaration | undefined;
  limit?: LimitName | undefined;
  answers: Readonly<Record<number, AnswerDeclaration | string>>;
  run(ctx: Context, guard: Guard): Promise<void> | void;
}

/** Authorizes, counts, checks the input, answers: in this order, so that nobody learns of input rules without the right to call. */
export function route<
  const A extends Access,
  P extends Schema = undefined,
  Q extends Schema = undefined,
  H extends Schema = undefined,
  const B extends BodyDeclaration | undefined = undefined,
>(declaration: Declaration<A, P, Q, H, B>): Route {
  const { answer, ...told } = declaration;
  const { access, limit, body } = told;
  const parse = parseInput(told);
  type Wanted = Parameters<typeof answer>[1];
  if (access === 'anyone' && limit === undefined && body === undefined) {
    // The hot path: nothing to wait for before the answer.
    return {
      ...told,
      run: (ctx) => answer(ctx, { ...parse(ctx), body: undefined, caller: anonymous } as Wanted),
    };
  }
  return {
    ...told,
    async run(ctx, guard) {
      let caller: Caller = anonymous;
      if (access !== 'anyone') {
        const admitted = await guard.admit(ctx, access);
        if (admitted === null) return;
        caller = admitted;
        ctx.state.caller = admitted;
      }
      if (limit !== undefined) await guard.count(ctx, limit, caller);
      const input = parse(ctx);
      const content = body === undefined ? undefined : await readBody(ctx, body);
      // The parts were parsed by the very schemas that their types come from.
      await answer(ctx, { ...input, body: content, caller } as Wanted);
    },
  };
}
