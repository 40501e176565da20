import { z } from 'zod';
import { Problem, unavailable } from '../problem.ts';
import { type Route, route } from './route.ts';

/** A part without which answers fail or are slower; `check` throws when it cannot be reached. */
export interface Part {
  name: string;
  check(): Promise<unknown>;
}

export function healthRoutes(parts: readonly Part[], isDraining: () => boolean): Route[] {
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
        if (isDraining()) throw unavailable('The service is stopping.');
        for (const part of parts) {
          await part.check().catch((cause: unknown) => {
            throw new Problem(503, 'Not ready', `${part.name} cannot be reached.`, {
              retryAfterSeconds: 1,
              cause,
            });
          });
        }
        ctx.set('Cache-Control', 'no-store');
        ctx.body = { status: 'ready', parts: parts.map(({ name }) => name) };
      },
    }),
  ];
}
