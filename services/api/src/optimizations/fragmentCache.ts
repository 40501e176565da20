import type { Optimization } from './optimization.ts';

/** The store is that of redisCache.ts under another name. */
export const fragmentCache = {
  name: 'fragment-cache',
  group: 'caching',
  title: 'Fragment cache',
  does: 'Keeps each rendered section of the account page in Redis by itself: a change removes the sections that show it, the others stay, and what all customers see is rendered once for all.',
  where: ['GET /account'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'hits of the fragment cache', moves: 'up' },
    { what: 'Redis commands', moves: 'up' },
  ],
  risks: [
    'One look-up a section: behind a view cache that mostly hits they are rarely asked.',
    'Sections of one page may have been read at different moments.',
  ],
} as const satisfies Optimization;
