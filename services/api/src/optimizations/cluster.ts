import type { Optimization } from './optimization.ts';

export const cluster = {
  name: 'cluster',
  group: 'process',
  title: 'A process per core',
  does: 'Runs the service in as many processes as there are cores (INSTANCES says otherwise); they share one port, and one that dies is replaced.',
  where: ['*'],
  evidence: [
    { what: 'requests per second of a saturated service', moves: 'up' },
    { what: 'delay of the event loop', moves: 'down' },
  ],
  risks: [
    'Every process has connections to the database, caches and memory of its own.',
    'What is kept in one process is unknown to the others until its time is over, unless redis-cache carries the news.',
    'Where the database works on the same cores it is the database that gets less of them.',
  ],
} as const satisfies Optimization;
