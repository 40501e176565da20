import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalParameters, readListQuery } from '../store/listQuery.ts';
import { cacheKey, type Scope } from './key.ts';

const all: Scope = { kind: 'public' };

test('questions that mean the same have one key', () => {
  const same = [
    { category: 'kitchen', q: 'oak daily' },
    { q: ' Daily  OAK oak ', category: 'kitchen', sort: 'newest' },
    { offset: '0', limit: '20', q: 'daily oak', category: 'kitchen', utm_source: 'letter', __proto__: 'x' },
    { offset: '000', limit: '020', q: 'daily oak', category: 'kitchen' },
  ];
  const keys = same.map((parameters) =>
    cacheKey(all, 'products', canonicalParameters(readListQuery(parameters))),
  );
  assert.equal(new Set(keys).size, 1, keys.join('\n'));
});

test('no two questions make one key', () => {
  const keys = [
    cacheKey(all, 'products', { q: 'a', sort: 'price' }),
    cacheKey(all, 'products', { q: 'a|4:sort|5:price' }),
    cacheKey(all, 'products', { q: 'a|sort=price' }),
    cacheKey(all, 'products|1:q', {}),
    cacheKey(all, 'products', { q: '' }),
    cacheKey(all, 'products', {}),
    cacheKey(all, 'product', { id: '1' }),
    cacheKey(all, 'product', { i: 'd1' }),
    cacheKey({ kind: 'user', id: 1 }, 'products', {}),
    cacheKey({ kind: 'user', id: 11 }, 'products', {}),
    cacheKey({ kind: 'role', role: 'user 1' }, 'products', {}),
    cacheKey({ kind: 'role', role: 'public' }, 'products', {}),
  ];
  assert.equal(new Set(keys).size, keys.length);
});
