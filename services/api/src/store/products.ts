import { orAbsent, present } from '../cache/absence.ts';
import type { Representation, RepresentationCache } from '../cache/representation.ts';
import { catalogueTag, customerTag, productTag, ratingsTag } from '../cache/tags.ts';
import { type Question, throughCaches } from '../cache/through.ts';
import type { Database } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { type ProductPage, readPage, readProduct, writeStock } from './catalogue.ts';
import { canonicalParameters, type ListQuery, nextPage } from './listQuery.ts';
import type { Product, ProductDetail } from './product.ts';
import type { Reading } from './reading.ts';
import { type CountTogether, type RelatedProduct, readRelated } from './related.ts';
import { type NewReview, writeReview } from './reviews.ts';

export interface ProductsDeps {
  database: Database;
  reading: Reading;
  countTogether: CountTogether;
  toJson: ToJson;
  /** In the order in which they are asked; empty where nothing is cached. */
  caches: readonly RepresentationCache[];
  invalidations: Invalidations;
  /** Null where answers carry no validator. */
  etagOf: ((body: Buffer) => string) | null;
  /** Null where the date says too little, or none is wanted. */
  lastModifiedOf: (changedAt: Date) => string | null;
}

const scope = { kind: 'public' } as const;

/** A page as it is answered. */
export interface PageContent {
  items: readonly Product[];
  total: number;
  limit: number;
  offset: number;
  next: string | null;
}

export interface ToJson {
  page(content: PageContent): string;
  product(content: ProductDetail): string;
  related(content: { items: readonly RelatedProduct[] }): string;
}

/** Products as the answers of the API, through whatever caches there are. */
export class Products {
  readonly #deps: ProductsDeps;
  /** Of queries that were parsed once for many requests. */
  readonly #questions = new WeakMap<ListQuery, Question>();

  constructor(deps: ProductsDeps) {
    this.#deps = deps;
  }

  page(query: ListQuery): Promise<Representation> | Representation {
    return this.#ask(this.#questionOf(query), [catalogueTag], async () => {
      const { database, reading, toJson } = this.#deps;
      const page = await database.use((session) => readPage(session, query, reading));
      const { limit, offset } = query;
      const { items, total } = page;
      const content = { items, total, limit, offset, next: nextPage(query, page) };
      return this.#represent(toJson.page(content), tagsOf(query, page));
    });
  }

  product(id: number): Promise<Representation> | Representation {
    const tags = [productTag(id)];
    const question: Question = { scope, route: 'product', parameters: { id: String(id) } };
    return this.#ask(question, tags, async () => {
      const { database, reading, toJson, lastModifiedOf } = this.#deps;
      const { product, authors, changedAt } = await database.use((session) =>
        readProduct(session, id, reading),
      );
      const lastModified = changedAt === null ? null : lastModifiedOf(changedAt);
      const representation = this.#represent(toJson.product(product), [...tags, ...authors.map(customerTag)]);
      return lastModified === null ? representation : { ...representation, lastModified };
    });
  }

  /** An order of these products changes the answer at once; one that only pushes others out of what is recent, when the answer ends. */
  related(id: number): Promise<Representation> | Representation {
    const tags = [productTag(id)];
    const question: Question = { scope, route: 'related', parameters: { id: String(id) } };
    return this.#ask(question, tags, async () => {
      const { database, reading, countTogether, toJson } = this.#deps;
      const how = { columns: reading.columns, countTogether };
      const items = await database.use((session) => readRelated(session, id, how));
      return this.#represent(toJson.related({ items }), [
        ...tags,
        ...items.map((item) => productTag(item.id)),
      ]);
    });
  }

  /** Answers when every cache that can be reached has forgotten the old stock. */
  async setStock(id: number, stock: number): Promise<void> {
    await this.#deps.invalidations.transaction([productTag(id)], (session) => writeStock(session, id, stock));
  }

  /** The id of the review. */
  review(review: NewReview): Promise<number> {
    const tags = [productTag(review.productId), ratingsTag, customerTag(review.customerId)];
    return this.#deps.invalidations.transaction(tags, (session) => writeReview(session, review));
  }

  #questionOf(query: ListQuery): Question {
    let question = this.#questions.get(query);
    if (question === undefined) {
      question = { scope, route: 'products', parameters: canonicalParameters(query) };
      this.#questions.set(query, question);
    }
    return question;
  }

  /** `absentTags`: what must change before something is there that is not there now. */
  #ask(
    question: Question,
    absentTags: readonly string[],
    load: () => Promise<Representation>,
  ): Promise<Representation> | Representation {
    const answer = throughCaches(this.#deps.caches, question, orAbsent(absentTags, load));
    return answer instanceof Promise ? answer.then(present) : present(answer);
  }

  #represent(json: string, tags: readonly string[]): Representation {
    const body = Buffer.from(json);
    return { body, tags, etag: this.#deps.etagOf?.(body) ?? null };
  }
}

function tagsOf(query: ListQuery, { items, authors }: ProductPage): string[] {
  const dependsOnRatings = query.sort === 'rating' || query.reviewed;
  return [
    catalogueTag,
    ...(dependsOnRatings ? [ratingsTag] : []),
    ...items.map((item) => productTag(item.id)),
    // Their names stand under the reviews.
    ...authors.map(customerTag),
  ];
}
