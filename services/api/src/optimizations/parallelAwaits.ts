import type { Optimization } from './optimization.ts';

export const parallelAwaits = {
  name: 'parallel-awaits',
  group: 'asynchronous',
  title: 'Parallel awaits',
  does: 'Sends statements that do not need each other at once (Promise.all), each over a connection of the pool, instead of one after another. Without a connection pool they still wait for each other on the one connection of the request.',
  where: ['GET /products', 'GET /products/:id'],
  evidence: [{ what: 'time in the database on the path of one request', moves: 'down' }],
  risks: [
    'One request takes several connections: a pool that was large enough may not be any more.',
    'Gains nothing where the database has no processor to spare.',
  ],
} as const satisfies Optimization;

export type Works<Results extends readonly unknown[]> = readonly [
  ...{ [Index in keyof Results]: () => Promise<Results[Index]> },
];
/** Runs works that do not need each other's results. */
export type RunAll = <Results extends readonly unknown[]>(works: Works<Results>) => Promise<Results>;

/** All have ended when it fails, so that the connection that they may share is free. */
export const atOnce: RunAll = async <Results extends readonly unknown[]>(works: Works<Results>) => {
  const outcomes = await Promise.allSettled(works.map((work) => work()));
  const results = outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  return results as unknown as Results;
};
