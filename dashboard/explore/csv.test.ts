import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOf } from './csv.ts';

test('figures are written in full, and what is absent is empty', () => {
  assert.equal(
    csvOf([
      ['x, s', 'p50, ms'],
      [0.5, 1.2345678901234567],
      [1.5, null],
    ]),
    '"x, s","p50, ms"\r\n0.5,1.2345678901234567\r\n1.5,\r\n',
  );
});

test('quotes and line ends stay inside their cell; no text becomes a formula', () => {
  assert.equal(csvOf([['a "b"\nc', '=1+1', '-x', '-1.5', '@a']]), '"a ""b""\nc",\'=1+1,\'-x,-1.5,\'@a\r\n');
});
