import type { Database } from '../db/database.ts';
import { importSchema, maxImportBytes, readImport, receiveImport } from '../imports/imports.ts';
import type { Dispatch } from '../jobs/perform.ts';
import { idParams } from './parameters.ts';
import { type Route, route } from './route.ts';

export function importRoutes({ database, dispatch }: { database: Database; dispatch: Dispatch }): Route[] {
  return [
    route({
      method: 'post',
      path: '/imports/products',
      tag: 'Imports',
      summary:
        'Add and change products from a CSV file: sku,name,summary,category,price_cents,stock,weight_grams',
      access: 'staff',
      limit: 'heavy',
      body: { type: 'text/csv', stream: true, maxBytes: maxImportBytes },
      answers: {
        202: {
          description: 'The file is kept; state says how far its rows are.',
          schema: importSchema,
          headers: { Location: 'Address of the import.' },
        },
      },
      async answer(ctx, { body, caller }) {
        const { id, outboxId } = await receiveImport(database, caller.id, body);
        await dispatch('import', outboxId);
        ctx.status = 202;
        ctx.set('Location', `/imports/${id}`);
        ctx.body = await readImport(database, id);
      },
    }),
    route({
      method: 'get',
      path: '/imports/:id',
      tag: 'Imports',
      summary: 'How far an import is, and which of its rows were refused',
      access: 'staff',
      params: idParams,
      answers: {
        200: { description: 'The import.', schema: importSchema },
        404: 'There is no such import.',
      },
      async answer(ctx, { params }) {
        ctx.body = await readImport(database, params.id);
      },
    }),
  ];
}
