import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import type { Dispatch } from '../jobs/perform.ts';
import { neededOrderColumns } from '../optimizations/columnProjection.ts';
import { compiledReportToJson } from '../optimizations/compiledJson.ts';
import { answerInPieces, answerWhole } from '../optimizations/streamedAnswers.ts';
import { insertLinesBatched, insertLinesOneByOne } from '../orders/checkout.ts';
import { readSoldAsTaken, readSoldAtOnce } from '../orders/export.ts';
import {
  readLinesBatched,
  readLinesOneByOne,
  readProductsBatched,
  readProductsOneByOne,
} from '../orders/lines.ts';
import { allOrderColumns } from '../orders/order.ts';
import { exportRoutes } from '../routes/exports.ts';
import { importRoutes } from '../routes/imports.ts';
import { orderRoutes } from '../routes/orders.ts';
import { reportRoutes } from '../routes/reports.ts';
import type { Route } from '../routes/route.ts';

/** Orders, and what staff does with many of them or of the products at once. */
export function orders(shop: {
  config: Config;
  database: Database;
  invalidations: Invalidations;
  dispatch: Dispatch;
}): Route[] {
  const { database, invalidations, dispatch } = shop;
  const on = shop.config.optimizations;
  const columns = on.has('column-projection') ? neededOrderColumns : allOrderColumns;
  const batched = on.has('batched-queries');
  return [
    ...orderRoutes({
      checkout: {
        database,
        columns,
        readProducts: batched ? readProductsBatched : readProductsOneByOne,
        insertLines: batched ? insertLinesBatched : insertLinesOneByOne,
        invalidations,
        dispatch,
        now: () => new Date(),
      },
      history: { database, columns, readLines: batched ? readLinesBatched : readLinesOneByOne },
    }),
    ...exportRoutes({
      database,
      readSold: on.has('cursor-stream') ? readSoldAsTaken : readSoldAtOnce,
      answerChunks: on.has('streamed-answers')
        ? (ctx, chunks) => answerInPieces(ctx, chunks, shop.config.database.queryTimeoutMs)
        : answerWhole,
    }),
    ...importRoutes({ database, dispatch }),
    ...reportRoutes({
      database,
      dispatch,
      toJson: on.has('compiled-json') ? compiledReportToJson() : JSON.stringify,
    }),
  ];
}
