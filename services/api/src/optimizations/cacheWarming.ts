import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import { unavailable } from '../problem.ts';
import type { Part } from '../routes/health.ts';
import { readListQuery } from '../store/listQuery.ts';
import type { Products } from '../store/products.ts';
import type { Optimization } from './optimization.ts';

export const cacheWarming = {
  name: 'cache-warming',
  group: 'caching',
  title: 'Cache warming',
  does: 'Loads the first pages of all products and of each category into the caches when the service starts, and is ready only behind that: the first visitors meet filled caches. Without redis-cache or memory-cache it does nothing.',
  where: ['GET /products'],
  evidence: [
    { what: 'misses of the caches after the start', moves: 'down' },
    { what: 'slowest requests', moves: 'down' },
  ],
  risks: ['The service is ready later, and each start asks the database for pages that nobody may want.'],
} as const satisfies Optimization;

/** Of each list; further ones are asked for far less often. */
const warmedPages = 2;
const retryMs = 500;

/** Every list that is linked from elsewhere, page by page; one after the other, because visitors of other instances come first. */
export async function warmLists(
  database: Database,
  products: Pick<Products, 'page'>,
  signal: AbortSignal,
): Promise<number> {
  const categories = await database.use((session) =>
    session.rows<{ slug: string }>('select slug from categories order by id'),
  );
  let warmed = 0;
  for (const category of [undefined, ...categories.map(({ slug }) => slug)]) {
    let parameters: Record<string, string> | null = category === undefined ? {} : { category };
    for (let page = 0; page < warmedPages && parameters !== null; page += 1) {
      signal.throwIfAborted();
      const { body } = await products.page(readListQuery(parameters));
      parameters = nextOf(body);
      warmed += 1;
    }
  }
  return warmed;
}

/** Warms in the background until it has succeeded; the service is not ready before. */
export function warmAtStart(deps: { database: Database; products: Products; log: Logger }): {
  part: Part;
  close(): void;
} {
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let warm = false;
  const attempt = async () => {
    try {
      const pages = await warmLists(deps.database, deps.products, closing.signal);
      warm = true;
      deps.log.info({ pages }, 'caches are warm');
    } catch (error) {
      if (closing.signal.aborted) return;
      deps.log.warn({ err: error }, 'warming the caches failed; trying again');
      timer = setTimeout(() => void attempt(), retryMs);
    }
  };
  void attempt();
  return {
    part: {
      name: 'cache warming',
      async check() {
        if (!warm) throw unavailable('The caches are being filled.');
      },
    },
    close() {
      closing.abort();
      clearTimeout(timer);
    },
  };
}

function nextOf(body: Buffer): Record<string, string> | null {
  const { next } = JSON.parse(body.toString()) as { next: string | null };
  return next === null ? null : Object.fromEntries(new URL(next, 'http://shop').searchParams);
}
