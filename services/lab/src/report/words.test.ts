import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharingWords } from './words.ts';

test('only where the script assigns was the variant of each request drawn', () => {
  const script = { scenario: 'k6/x.ts', vus: 5 };
  assert.match(
    sharingWords({ ...script, assigns: true }, 7),
    /^each request was drawn at random \(seed 7\)$/,
  );
  assert.match(sharingWords({ ...script, assigns: false }, 7), /^each got half of the load/);
});
