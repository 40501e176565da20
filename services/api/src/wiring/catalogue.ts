import type { RepresentationCache } from '../cache/representation.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { readPartsBatched } from '../optimizations/batchedQueries.ts';
import { neededColumns } from '../optimizations/columnProjection.ts';
import { compiledToJson } from '../optimizations/compiledJson.ts';
import { keptRatings } from '../optimizations/denormalizedRating.ts';
import { indexedWord } from '../optimizations/fullTextSearch.ts';
import { answerIfUnchanged, etagOf, lastModifiedAfter } from '../optimizations/httpCache.ts';
import { keptProductCounts } from '../optimizations/keptCounts.ts';
import { keysetPlaces } from '../optimizations/keysetPaging.ts';
import { countByOrder } from '../optimizations/linearRelated.ts';
import { rewrittenFilters } from '../optimizations/queryRewriting.ts';
import { productRoutes } from '../routes/products.ts';
import type { Route } from '../routes/route.ts';
import { allColumns } from '../store/columns.ts';
import { readPartsOneByOne } from '../store/oneByOne.ts';
import { Products, type ToJson } from '../store/products.ts';
import { addedUpRatings } from '../store/ratings.ts';
import type { Reading } from '../store/reading.ts';
import { countByLookingThrough } from '../store/related.ts';
import { countedProducts, likeWord, offsetPaging, plainFilters } from '../store/statements.ts';

export function catalogue(shop: {
  config: Config;
  database: Database;
  invalidations: Invalidations;
  caches: readonly RepresentationCache[];
}): { products: Products; routes: Route[] } {
  const { database, invalidations, caches } = shop;
  const { optimizations: on, database: limits } = shop.config;
  const products = new Products({
    database,
    invalidations,
    caches,
    reading: readingOf(on),
    countTogether: on.has('linear-related') ? countByOrder : countByLookingThrough,
    toJson: on.has('compiled-json') ? compiledToJson() : plainToJson,
    etagOf: on.has('http-cache') ? etagOf : null,
    lastModifiedOf: on.has('http-cache') ? lastModifiedAfter(limits.deadlineMs) : () => null,
  });
  return { products, routes: productRoutes(products, on.has('http-cache') ? answerIfUnchanged : null) };
}

/** Also for tests and plans, which read without a service. */
export function readingOf(on: Config['optimizations']): Reading {
  return {
    columns: on.has('column-projection') ? neededColumns : allColumns,
    readParts: on.has('batched-queries') ? readPartsBatched : readPartsOneByOne,
    ratings: on.has('denormalized-rating') ? keptRatings : addedUpRatings,
    search: on.has('full-text-search') ? indexedWord : likeWord,
    filters: on.has('query-rewriting') ? rewrittenFilters : plainFilters,
    place: on.has('keyset-paging') ? keysetPlaces : offsetPaging,
    countProducts: on.has('kept-counts') ? keptProductCounts : countedProducts,
  };
}

const plainToJson: ToJson = { page: JSON.stringify, product: JSON.stringify, related: JSON.stringify };
