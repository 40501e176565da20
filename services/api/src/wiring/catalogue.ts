import type { Changes } from '../cache/changes.ts';
import type { RepresentationCache } from '../cache/representation.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { readPartsBatched } from '../optimizations/batchedQueries.ts';
import { neededColumns } from '../optimizations/columnProjection.ts';
import { answerIfUnchanged, etagOf } from '../optimizations/httpCache.ts';
import { productRoutes } from '../routes/products.ts';
import type { Route } from '../routes/route.ts';
import { allColumns } from '../store/columns.ts';
import { readPartsOneByOne } from '../store/oneByOne.ts';
import { Products } from '../store/products.ts';

export function catalogue(shop: {
  config: Config;
  database: Database;
  changes: Changes;
  caches: readonly RepresentationCache[];
}): { products: Products; routes: Route[] } {
  const { database, changes, caches } = shop;
  const on = shop.config.optimizations;
  const products = new Products({
    database,
    changes,
    caches,
    columns: on.has('column-projection') ? neededColumns : allColumns,
    readParts: on.has('batched-queries') ? readPartsBatched : readPartsOneByOne,
    etagOf: on.has('http-cache') ? etagOf : null,
  });
  return { products, routes: productRoutes(products, on.has('http-cache') ? answerIfUnchanged : null) };
}
