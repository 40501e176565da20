import type { Context, Middleware, Next } from 'koa';
import type { Logger } from 'pino';
import type { FieldError } from './routes/input.ts';

/** An expected failure: answered as RFC 9457 problem+json; `detail` names the value and the way out. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly more: { retryAfterSeconds?: number; errors?: FieldError[]; logged?: true };

  constructor(
    status: number,
    title: string,
    detail: string,
    more: {
      retryAfterSeconds?: number;
      errors?: FieldError[];
      /** Whoever throws it has told the log, as often as it wants to be told. */
      logged?: true;
      cause?: unknown;
    } = {},
  ) {
    const { cause, ...rest } = more;
    super(detail, cause === undefined ? undefined : { cause });
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.more = rest;
  }
}

/** A part that the shop needs does not answer; worth asking again soon. */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem(503, 'Service unavailable', detail, { retryAfterSeconds: 1, cause });
}

/** Answers every failure, the router's bare 404, 405 and 501 included. Nothing internal leaves: no stack, SQL or path. */
export function answerProblems(log: Logger): Middleware {
  return async function problems(ctx: Context, next: Next) {
    try {
      await next();
      if (ctx.status >= 400 && ctx.body == null) answer(ctx, bareProblem(ctx));
    } catch (error) {
      const problem = error instanceof Problem ? error : unexpected(ctx, error);
      if (problem.status >= 500 && problem.more.logged !== true) {
        log.error({ err: error, method: ctx.method, path: ctx.path }, problem.title);
      }
      answer(ctx, problem);
    }
  };
}

function answer(ctx: Context, problem: Problem): void {
  ctx.status = problem.status;
  ctx.set('Cache-Control', 'no-store');
  if (problem.more.retryAfterSeconds !== undefined) {
    ctx.set('Retry-After', String(problem.more.retryAfterSeconds));
  }
  ctx.body = JSON.stringify({
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    ...(problem.more.errors === undefined ? {} : { errors: problem.more.errors }),
  });
  ctx.type = 'application/problem+json';
}

function bareProblem(ctx: Context): Problem {
  switch (ctx.status) {
    case 404:
      return new Problem(404, 'Not found', `There is nothing at ${ctx.path}.`);
    case 405:
      return new Problem(
        405,
        'Method not allowed',
        `${ctx.method} is not possible here; allowed: ${ctx.response.get('Allow')}.`,
      );
    default:
      return new Problem(ctx.status, 'Request refused', `${ctx.method} ${ctx.path} cannot be answered.`);
  }
}

function unexpected(ctx: Context, cause: unknown): Problem {
  // Whoever was sending has left, or was too slow: no fault of ours, and nobody is there to read this.
  if (cause === ctx.req.errored)
    return new Problem(408, 'Request timeout', 'The body did not arrive.', { cause });
  return new Problem(500, 'Internal error', 'Something went wrong here; it has been logged.', { cause });
}
