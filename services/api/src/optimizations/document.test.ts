import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { documentOf } from './document.ts';
import { optimizations } from './index.ts';

test('docs/optimizations.md says what the switches say of themselves', () => {
  const written = readFileSync(new URL('../../../../docs/optimizations.md', import.meta.url), 'utf8');
  assert.ok(
    written === documentOf(optimizations),
    'write it again: node services/api/src/optimizations/document.ts > docs/optimizations.md',
  );
});

test('every switch names its group once, with evidence and a risk', () => {
  assert.equal(new Set(optimizations.map(({ name }) => name)).size, optimizations.length);
  for (const { name, where, evidence, risks } of optimizations) {
    assert.ok(where.length > 0 && evidence.length > 0 && risks.length > 0, name);
  }
});
