import { asks, type Exchange, tells } from './exchange.ts';

export const healthExchanges: readonly Exchange[] = [
  asks('GET /unknown', '/unknown'),
  asks('GET /healthz', '/healthz'),
  tells('the service says that it is ready', ['GET /readyz'], async (shop) => {
    const { status, parts } = await shop.json<{ status: string; parts: string[] }>('/readyz');
    // Caches and other parts differ.
    return { status, database: parts[0] };
  }),
];
