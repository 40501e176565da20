import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onOneLine, statementLines, statementShape, statementTitle } from './statement.ts';

function check(statement: string, title: string | null): void {
  test(`"${onOneLine(statement).slice(0, 60)}" is ${title}`, () =>
    assert.equal(statementTitle(statement), title));
}
check('select * from reviews where product_id = ?', 'SELECT reviews');
check('select id from (\n select id from `shop`.`reviews` where x = ?) ranked', 'SELECT shop.reviews');
check('INSERT INTO orders (id) VALUES (?)', 'INSERT orders');
check('update products set stock = stock - ? where id = ?', 'UPDATE products');
check('delete from "carts" where id = ?', 'DELETE carts');
check('BEGIN', 'BEGIN');
check('GET products:v1', null);
check('<img src=x onerror=alert(1)>', null);

test('a long statement has a line per clause, and quoted text stays as it is', () => {
  assert.deepEqual(
    statementLines(
      "select a,\n   b from t left join u on u.id = t.id where x = 'from  where' order by a limit ?",
    ),
    [
      'select a, b',
      'from t',
      'left join u on u.id = t.id',
      "where x = 'from  where'",
      'order by a',
      'limit ?',
    ],
  );
});

test('statements that differ in their values alone have one shape', () => {
  const shape = 'select * from t2 where id = ? and name in (?) limit ?';
  for (const statement of [
    shape,
    "select * from t2 where id = 15 and name in ('a', 'it''s') limit 20",
    'select * from t2 where id = -1.5  and name in (?, ?, ?) limit ?',
  ])
    assert.equal(statementShape(statement), shape);
  assert.equal(statementShape('GET product:17'), 'GET product:?');
  assert.notEqual(statementShape('select a from t1'), statementShape('select a from t2'));
});
