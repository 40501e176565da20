import type { Logger } from 'pino';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { type Route, route } from './route.ts';

/** A part without which answers fail or are slower; `check` throws when it cannot be reached. */
export interface Part {
  name: string;
  check(): Promise<unknown>;
}

export function healthRoutes(parts: readonly Part[], isDraining: () => boolean, log: Logger): Route[] {
  const readiness = new Readiness(log);
  return [
    route({
      method: 'get',
      path: '/healthz',
      tag: 'Health',
      summary: 'Whether the process answers at all',
      access: 'anyone',
      answers: { 200: { description: 'It does.', schema: z.strictObject({ status: z.literal('alive') }) } },
      answer(ctx) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = { status: 'alive' };
      },
    }),
    route({
      method: 'get',
      path: '/readyz',
      tag: 'Health',
      summary: 'Whether the service and the parts that it needs can do their work',
      access: 'anyone',
      answers: {
        200: {
          description: 'They can.',
          schema: z.strictObject({ status: z.literal('ready'), parts: z.array(z.string()) }),
        },
        503: 'The service is stopping, or the part that is named cannot be reached.',
      },
      async answer(ctx) {
        if (isDraining()) throw notReady('Service unavailable', 'The service is stopping.');
        for (const part of parts) {
          await part.check().catch((cause: unknown) => {
            readiness.missing(part.name, cause);
            throw notReady('Not ready', `${part.name} cannot be reached.`);
          });
        }
        readiness.whole();
        ctx.set('Cache-Control', 'no-store');
        ctx.body = { status: 'ready', parts: parts.map(({ name }) => name) };
      },
    }),
  ];
}

/** Polled every second: its changes are told, not each answer. */
class Readiness {
  readonly #log: Logger;
  #missing: string | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  missing(part: string, cause: unknown): void {
    if (this.#missing !== part) this.#log.warn({ err: cause, part }, 'not ready');
    this.#missing = part;
  }

  whole(): void {
    if (this.#missing !== null) this.#log.warn({ part: this.#missing }, 'ready again');
    this.#missing = null;
  }
}

function notReady(title: string, detail: string): Problem {
  return new Problem(503, title, detail, { retryAfterSeconds: 1, logged: true });
}
