import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheKey, type Scope } from '../../../api/src/cache/key.ts';
import { hasWords, readKey } from './key.ts';

test('reads what the shop writes, whatever stands in it', () => {
  const scopes: readonly Scope[] = [
    { kind: 'public' },
    { kind: 'user', id: 17 },
    { kind: 'role', role: 'staff|6:public' },
  ];
  for (const scope of scopes) {
    for (const parameters of [{}, { q: 'oak daily', limit: '20' }, { q: '6:public|:value:' }]) {
      const name = `shop_plain:v2:value:${cacheKey(scope, 'products', parameters)}`;
      const { scope: read, ...rest } = readKey(name) ?? assert.fail(name);
      assert.deepEqual(rest, { namespace: 'shop_plain:v2', route: 'products', parameters });
      assert.ok(read.startsWith(scope.kind));
    }
  }
});

test('words are found whole, and in one part', () => {
  const key = {
    namespace: 'shop_plain:v2',
    scope: 'user 170',
    route: 'products',
    parameters: { q: 'c++ oak (red)', limit: '20' },
  };
  for (const words of [
    '',
    'user 170',
    '170',
    'products',
    'limit',
    '20',
    'limit=20',
    'shop_plain:v2',
    'c++ oak',
    '(red)',
  ]) {
    assert.ok(hasWords(key, words), words);
  }
  for (const words of ['user 17', '17', 'product', 'lim', '2', '8', 'oak 20', 'OAK', '.']) {
    assert.ok(!hasWords(key, words), words);
  }
});

test('other names are no keys of a cache', () => {
  for (const name of [
    'shop:jobs:email:1',
    'a:value:',
    'a:value:6:public',
    'a:value:6:public|8:products|1:q',
    'a:value:6:public|8:product',
    'a:value:x',
    'a:value:6:public/8:products',
  ]) {
    assert.equal(readKey(name), null, name);
  }
});
