import type { Optimization } from './optimization.ts';

/** The store is that of redisCache.ts under another name: a page must be gone everywhere when its customer changes something. */
export const viewCache = {
  name: 'view-cache',
  group: 'caching',
  title: 'View cache',
  does: "Keeps each customer's finished account page in Redis, under a key of that customer alone. A change of profile, order, review or of a product that it shows removes it.",
  where: ['GET /account'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'hits of the view cache', moves: 'up' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: [
    'Personal pages lie in Redis: a key without its customer would show them to others.',
    'Pages of many customers take room, and few of them are asked for twice.',
  ],
} as const satisfies Optimization;
