import { anyOf, months } from './shop.ts';
import { type Action, expect, type Visit } from './visits.ts';

/** The orders of a quarter of a year, as a file. */
export const exportOrders: Action = (visit) => {
  const response = visit.get('/exports/orders.csv?from=2025-07-01&to=2025-10-01', authorized(visit));
  expect(response, 200, 'body is a file with a head and a thousand lines and more', (body) => {
    const lines = body.split('\n');
    return lines.length > 1000 && (lines[0] ?? '').includes('order');
  });
};

export const monthlyReport: Action = (visit) => {
  const ordered = visit.post('/reports/monthly', JSON.stringify({ month: anyOf(months) }), {
    ...authorized(visit),
    'Content-Type': 'application/json',
  });
  expect(ordered, 202, 'body says how far the report is', (body) =>
    /"state":"(queued|running|done)"/.test(body),
  );
};

const rowsOfImport = Math.max(1, Number(__ENV.IMPORT_ROWS || 500));

/** A price list: every row is a product that is there, with the price of this moment. */
export const importProducts: Action = (visit) => {
  const sent = visit.post('/imports/products', priceList(), {
    ...authorized(visit),
    'Content-Type': 'text/csv',
  });
  expect(sent, 202, 'body says how far the import is', (body) => /"state":"\w+"/.test(body));
};

function authorized({ people }: Visit): Record<string, string> {
  return { Authorization: people.staff ?? '' };
}

function priceList(): string {
  const rows = Array.from({ length: rowsOfImport }, (_, index) => {
    const cents = 500 + Math.floor(Math.random() * 50_000);
    return `IMPORT-${index},Oak board ${index},A board for everything.,kitchen,${cents},${index % 200},900`;
  });
  return ['sku,name,summary,category,price_cents,stock,weight_grams', ...rows, ''].join('\n');
}
