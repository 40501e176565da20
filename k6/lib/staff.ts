import { anyOf, anyProduct, months, priceList } from './shop.ts';
import { type Action, expect, jsonOf, type Visit } from './visits.ts';

/** The orders of a quarter of a year, as a file. */
export const exportOrders: Action = (visit) => {
  const response = visit.get('/exports/orders.csv?from=2025-07-01&to=2025-10-01', authorized(visit));
  expect(response, 200, 'body is a file with a head and a thousand lines and more', (body) => {
    const lines = body.split('\r\n');
    const last = lines.at(-2)?.split(',') ?? [];
    return lines.length > 1000 && (lines[0] ?? '').startsWith('order_id,') && isLineRight(last);
  });
};

/** `..., quantity, price_cents, line_cents` */
function isLineRight(cells: readonly string[]): boolean {
  const [quantity, price, sum] = cells.slice(-3).map(Number);
  return cells.length === 9 && sum !== undefined && sum > 0 && sum === (quantity ?? 0) * (price ?? 0);
}

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
  const sent = visit.post('/imports/products', priceList(rowsOfImport), {
    ...authorized(visit),
    'Content-Type': 'text/csv',
  });
  expect(sent, 202, 'body says how far the import is, and nothing was refused', () =>
    isUnderWay(jsonOf(sent)),
  );
};

/** Left to a worker, begun by it already, or done in the request: all rows then. */
function isUnderWay(found: { state: string; rowsDone: number; rowsRefused: number } | null): boolean {
  if (found === null || found.rowsRefused > 0) return false;
  return (
    /^(queued|running)$/.test(found.state) || (found.state === 'done' && found.rowsDone === rowsOfImport)
  );
}

/** How far an import is that has been written. */
export const importState: Action = (visit) => {
  const response = visit.get(visit.people.importDone ?? '', authorized(visit));
  expect(response, 200, 'body says that its row is written', () => {
    const found = jsonOf<{ state: string; rowsDone: number }>(response);
    return found?.state === 'done' && found.rowsDone === 1;
  });
};

export const readReport: Action = (visit) => {
  const response = visit.get(visit.people.reportDone ?? '', authorized(visit));
  expect(
    response,
    200,
    'body is a whole report',
    (body) => body.includes('"state":"done"') && body.length > 500,
  );
};

export const setStock: Action = (visit) => {
  const stock = 500 + Math.floor(Math.random() * 500);
  const response = visit.patch(`/products/${anyProduct()}/stock`, JSON.stringify({ stock }), {
    ...authorized(visit),
    'Content-Type': 'application/json',
  });
  expect(response, 204, 'nothing is sent', (body) => body === '');
};

function authorized({ people }: Visit): Record<string, string> {
  return { Authorization: people.staff ?? '' };
}
