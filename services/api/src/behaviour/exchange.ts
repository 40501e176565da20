import type { Answer, Asked, TestShop } from '../testing/shop.ts';

/** Something that a client does with the shop; what it sees must be equal with every set of optimizations. */
export interface Exchange {
  name: string;
  /** The routes that it asks, as the router names them: a switch alone is held against the exchanges on its own routes. */
  routes: readonly string[];
  /** It can be asked of any of several instances: of a change another one hears a moment later. */
  isOneRequest: boolean;
  /**
   * What was seen, as JSON can hold it; runs often against the same rows, so ids of new things, times and tokens stay
   * out. What depends on a switch by its nature (a validator, a header) is asserted in here, by `shop.optimizations`.
   */
  run(shop: TestShop): Promise<unknown>;
}

/** A request by itself: status, body and headers, byte by byte. */
export function asks(route: string, path: string, asked: Asked = {}): Exchange {
  const method = asked.method ?? route.split(' ', 1)[0] ?? 'GET';
  return {
    name: `${method} ${path}`,
    routes: [route],
    isOneRequest: true,
    run: async (shop) => seen(await shop.get(path, { ...asked, method })),
  };
}

/** Several steps, of which each may depend on the one before. */
export function tells(
  name: string,
  routes: readonly string[],
  run: (shop: TestShop) => Promise<unknown>,
): Exchange {
  return { name, routes, isOneRequest: false, run };
}

const comparedHeaders = ['content-type', 'content-length', 'allow', 'location', 'retry-after'] as const;

export function seen({ status, headers, body }: Answer): unknown {
  const compared = comparedHeaders.map((name) => [name, headers.get(name)] as const);
  return { status, headers: Object.fromEntries(compared), body };
}
