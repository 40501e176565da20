import type { Context } from 'koa';
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { type ReadSold, soldAsCsv } from '../orders/export.ts';
import { type Route, route } from './route.ts';

export interface ExportDeps {
  database: Database;
  readSold: ReadSold;
  answerChunks(ctx: Context, chunks: AsyncGenerator<string, void, undefined>): Promise<void>;
}

const dayMessage = 'must be a day like 2026-01-31';
const day = z.iso.date(dayMessage);

const period = z
  .object({ from: day, to: day })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'must be a later day than "from"' });

export function exportRoutes({ database, readSold, answerChunks }: ExportDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/exports/orders.csv',
      tag: 'Orders',
      summary: 'All that was ordered from one day until the one before another, a line each',
      access: 'staff',
      limit: 'heavy',
      query: period,
      answers: { 200: { description: 'Lines of orders, oldest first.', type: 'text/csv' } },
      async answer(ctx, { query }) {
        await answerChunks(ctx, soldAsCsv(readSold(database, query)));
        // Behind what can fail: a problem is no attachment.
        ctx.set('Content-Type', 'text/csv; charset=utf-8');
        ctx.set('Content-Disposition', `attachment; filename="orders-${query.from}-${query.to}.csv"`);
      },
    }),
  ];
}
