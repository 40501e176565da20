import type { Changes } from '../cache/changes.ts';
import { cacheKey } from '../cache/key.ts';
import { productTag, type Representation, type RepresentationCache } from '../cache/representation.ts';
import type { Database } from '../db/database.ts';
import { type ReadParts, readPage, readProduct, writeStock } from './catalogue.ts';
import type { Columns } from './columns.ts';
import { canonicalParameters, type ListQuery, nextPage } from './listQuery.ts';

export interface ProductsDeps {
  database: Database;
  columns: Columns;
  readParts: ReadParts;
  /** In the order in which they are asked; empty where nothing is cached. */
  caches: readonly RepresentationCache[];
  changes: Changes;
  /** Null where answers carry no validator. */
  etagOf: ((body: Buffer) => string) | null;
}

/** Products as the answers of the API, through whatever caches there are. */
export class Products {
  readonly #deps: ProductsDeps;

  constructor(deps: ProductsDeps) {
    this.#deps = deps;
  }

  page(query: ListQuery): Promise<Representation> | Representation {
    const parameters = canonicalParameters(query);
    return this.#through(cacheKey({ kind: 'public' }, 'products', parameters), async () => {
      const { database, columns, readParts } = this.#deps;
      const { items, total } = await database.use((session) => readPage(session, query, columns, readParts));
      const { limit, offset } = query;
      return this.#represent(
        { items, total, limit, offset, next: nextPage(query, total) },
        items.map((item) => productTag(item.id)),
      );
    });
  }

  product(id: number): Promise<Representation> | Representation {
    return this.#through(cacheKey({ kind: 'public' }, 'product', { id: String(id) }), async () => {
      const { database, columns, readParts } = this.#deps;
      const product = await database.use((session) => readProduct(session, id, columns, readParts));
      return this.#represent(product, [productTag(id)]);
    });
  }

  /** Answers when every cache that can be reached has forgotten the old stock. */
  async setStock(id: number, stock: number): Promise<void> {
    await this.#deps.database.use((session) => writeStock(session, id, stock));
    await this.#deps.changes.publish({ kind: 'changed-here', tags: [productTag(id)] });
  }

  #through(
    key: string,
    load: () => Promise<Representation>,
    from = 0,
  ): Promise<Representation> | Representation {
    const cache = this.#deps.caches[from];
    if (cache === undefined) return load();
    return cache.get(key, async () => this.#through(key, load, from + 1));
  }

  #represent(content: unknown, tags: readonly string[]): Representation {
    const body = Buffer.from(JSON.stringify(content));
    return { body, tags, etag: this.#deps.etagOf?.(body) ?? null };
  }
}
