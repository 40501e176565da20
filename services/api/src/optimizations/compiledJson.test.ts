import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../reports/reports.ts';
import { compiledReportToJson, compiledToJson } from './compiledJson.ts';

/** Texts that need escaping, or are of a length at which the compiled writer changes its ways. */
const texts = [
  '',
  '"',
  '\\',
  '\n\u0000\u001f',
  '</script>\u2028',
  'ü🪑',
  '\ud800 alone',
  'x'.repeat(41),
  `${'y'.repeat(50)}"`,
];
for (const text of texts) {
  test(`${JSON.stringify(text).slice(0, 30)} is written as JSON.stringify writes it`, () => {
    const item = {
      id: 1,
      sku: text,
      name: text,
      summary: text,
      category: { slug: text, name: text },
      price: { cents: 0, currency: text },
      stock: 4_294_967_295,
      status: text,
      imageUrl: text,
      rating: { average: 4.33, count: 3 },
      reviews: [{ id: 9, rating: 5, title: text, body: text, author: text, createdAt: text }],
      createdAt: text,
    };
    const unrated = { ...item, rating: { average: null, count: 0 }, reviews: [] };
    const { page, product, related } = compiledToJson();
    const content = { items: [item, unrated], total: 2, limit: 20, offset: 0, next: null };
    assert.equal(page(content), JSON.stringify(content));
    const alone = { ...item, description: text, specification: text, weightGrams: 7, updatedAt: text };
    assert.equal(product(alone), JSON.stringify(alone));
    const { id, sku, name, price, imageUrl } = item;
    const others = { items: [{ id, sku, name, price, imageUrl, together: 2 }] };
    assert.equal(related(others), JSON.stringify(others));
  });
}

test('a report is written as JSON.stringify writes it, also before it is made and of a month without orders', () => {
  const toJson = compiledReportToJson();
  const sold = { orders: 3, items: 7, revenueCents: 9_007_199_254_740_991 };
  const none = { orders: 0, items: 0, revenueCents: 0 };
  const full = {
    ...sold,
    days: [{ date: '2025-08-31', ...sold }],
    categories: texts.map((text) => ({ slug: text, name: text, items: 7, revenueCents: 0 })),
    products: [{ productId: 4_294_967_295, orders: 3, quantity: 7, revenueCents: 12 }],
  };
  const reports: readonly Report['report'][] = [
    null,
    full,
    { ...none, days: [], categories: [], products: [] },
  ];
  for (const report of reports) {
    const content: Report = { id: 1, month: '2025-08', state: report === null ? 'queued' : 'done', report };
    assert.equal(toJson(content), JSON.stringify(content));
  }
});
