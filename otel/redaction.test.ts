import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorRedaction, statementMask } from './redaction.ts';

const cases = [
  ['select * from products where id = ?', 'select * from products where id = ?'],
  [
    'select * from products where id = 42 limit 20 offset 1e3',
    'select * from products where id = ? limit ? offset ?',
  ],
  [
    "select 1 from customers where email = 'a@b.example' and x=-3.5",
    'select ? from customers where email = ? and x=-?',
  ],
  [
    "insert into t values ('it''s', 'back\\'slash', \"two\", 0xDEADBEEF)",
    'insert into t values (?, ?, ?, ?)',
  ],
  ['select `col1`, t2.c3 from `2024`.t2', 'select `col1`, t2.c3 from `2024`.t2'],
  ["select 'never closed", 'select ?'],
  ["select 'a\nb' union select 7", 'select ? union select ?'],
] as const;

for (const [sql, masked] of cases) {
  test(`no literal is left of: ${sql}`, () => {
    const mask = statementMask();
    assert.equal(mask(sql), masked);
    assert.equal(mask(sql), masked, 'the kept answer');
  });
}

test('the texts that are kept are bounded, and the answers stay right', () => {
  const mask = statementMask(3);
  for (let id = 0; id < 10; id++) assert.equal(mask(`select ${id} from a${id}`), `select ? from a${id}`);
});

test("a database error's values are taken out of the span, another span's words stay", () => {
  const failed = (attributes: object) => ({
    attributes,
    status: { code: 2, message: "Duplicate entry 'a@b.example' for key 'customers.email'" },
    events: [
      {
        name: 'exception',
        attributes: { 'exception.message': "near 'x' at 7", 'exception.stacktrace': "near 'x'" },
      },
    ],
  });
  const database = failed({ 'db.system.name': 'mysql' });
  const http = failed({ 'http.route': '/products' });
  for (const span of [database, http]) errorRedaction.onEnd(span as never);
  assert.equal(database.status.message, 'Duplicate entry ? for key ?');
  assert.deepEqual(database.events[0]?.attributes, { 'exception.message': 'near ? at ?' });
  assert.deepEqual(http, failed({ 'http.route': '/products' }));
});
