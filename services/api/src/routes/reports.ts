import { z } from 'zod';
import type { Database } from '../db/database.ts';
import type { Dispatch } from '../jobs/perform.ts';
import { orderReport, type Report, readReport, reportSchema, reportStateSchema } from '../reports/reports.ts';
import { idParams } from './parameters.ts';
import { type Route, route } from './route.ts';

export interface ReportDeps {
  database: Database;
  dispatch: Dispatch;
  toJson(report: Report): string;
}

const monthMessage = 'must be a month like 2026-01';

export function reportRoutes({ database, dispatch, toJson }: ReportDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/reports/monthly',
      tag: 'Reports',
      summary: 'Have the report of a month made',
      access: 'staff',
      limit: 'heavy',
      body: {
        type: 'application/json',
        maxBytes: 1024,
        schema: z.strictObject({
          month: z.string(monthMessage).regex(/^20\d\d-(0[1-9]|1[0-2])$/, monthMessage),
        }),
      },
      answers: {
        202: {
          description: 'It will be made, or has been made already; state says which.',
          schema: reportStateSchema,
          headers: { Location: 'Address of the report.' },
        },
      },
      async answer(ctx, { body, caller }) {
        const { id, outboxId } = await orderReport(database, caller.id, body.month);
        await dispatch('report', outboxId);
        const { month, state } = await readReport(database, id);
        ctx.status = 202;
        ctx.set('Location', `/reports/${id}`);
        ctx.body = { id, month, state };
      },
    }),
    route({
      method: 'get',
      path: '/reports/:id',
      tag: 'Reports',
      summary: 'A report, once it is done: by day, category and product',
      access: 'staff',
      params: idParams,
      answers: {
        200: { description: 'The report, or how far it is.', schema: reportSchema },
        404: 'There is no such report.',
      },
      async answer(ctx, { params }) {
        const report = await readReport(database, params.id);
        ctx.set('Content-Type', 'application/json; charset=utf-8');
        ctx.body = toJson(report);
      },
    }),
  ];
}
