import { orAbsent, present } from '../cache/absence.ts';
import type { Changes } from '../cache/changes.ts';
import type { Representation, RepresentationCache } from '../cache/representation.ts';
import { catalogueTag, productTag } from '../cache/tags.ts';
import { throughCaches } from '../cache/through.ts';
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
    return this.#ask('products', canonicalParameters(query), [catalogueTag], async () => {
      const { database, columns, readParts } = this.#deps;
      const { items, total } = await database.use((session) => readPage(session, query, columns, readParts));
      const { limit, offset } = query;
      return this.#represent({ items, total, limit, offset, next: nextPage(query, total) }, [
        catalogueTag,
        ...items.map((item) => productTag(item.id)),
      ]);
    });
  }

  product(id: number): Promise<Representation> | Representation {
    const tags = [productTag(id)];
    return this.#ask('product', { id: String(id) }, tags, async () => {
      const { database, columns, readParts } = this.#deps;
      const product = await database.use((session) => readProduct(session, id, columns, readParts));
      return this.#represent(product, tags);
    });
  }

  /** Answers when every cache that can be reached has forgotten the old stock. */
  async setStock(id: number, stock: number): Promise<void> {
    await this.#deps.database.use((session) => writeStock(session, id, stock));
    await this.#deps.changes.publish({ kind: 'changed-here', tags: [productTag(id)] });
  }

  /** `absentTags`: what must change before something is there that is not there now. */
  #ask(
    route: string,
    parameters: Readonly<Record<string, string>>,
    absentTags: readonly string[],
    load: () => Promise<Representation>,
  ): Promise<Representation> | Representation {
    const question = { scope: { kind: 'public' }, route, parameters } as const;
    const answer = throughCaches(this.#deps.caches, question, orAbsent(absentTags, load));
    return answer instanceof Promise ? answer.then(present) : present(answer);
  }

  #represent(content: unknown, tags: readonly string[]): Representation {
    const body = Buffer.from(JSON.stringify(content));
    return { body, tags, etag: this.#deps.etagOf?.(body) ?? null };
  }
}
