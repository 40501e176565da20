import type { Optimization } from './optimization.ts';

export const queuedReport = {
  name: 'queued-report',
  group: 'asynchronous',
  title: 'Monthly report through a queue',
  does: 'The request notes which month is wanted and the worker makes the report, through BullMQ; without it the request does the whole work before it answers.',
  where: ['POST /reports/monthly'],
  evidence: [
    { what: 'duration of the request', moves: 'down' },
    { what: 'delay of the event loop', moves: 'down' },
  ],
  risks: ['Whoever wants the report has to ask for it until it is there.'],
} as const satisfies Optimization;
