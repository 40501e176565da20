import type { Optimization } from './optimization.ts';

export const queuedEmail = {
  name: 'queued-email',
  group: 'asynchronous',
  title: 'E-mail through a queue',
  does: 'The confirmation of an order is left in the outbox by the order’s own transaction and sent by the worker, through BullMQ; without it the request talks to the mail server before it answers.',
  where: ['POST /orders'],
  evidence: [
    { what: 'time of the request outside of the database', moves: 'down' },
    { what: 'connections of the service to the mail server', moves: 'down' },
  ],
  risks: [
    'The customer may have the answer before the e-mail, or an e-mail late.',
    'Work does not disappear: the worker does it, and its CPU time counts.',
  ],
} as const satisfies Optimization;
