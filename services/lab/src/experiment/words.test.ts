import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from './words.ts';

const cases: [string, string[]][] = [
  ['npm start', ['npm', 'start']],
  ['  node   server.js  --port=1 ', ['node', 'server.js', '--port=1']],
  ['node "my server.js" \'a "b"\' ""', ['node', 'my server.js', 'a "b"', '']],
  ['node my\\ server.js "a\\"b" "c\\d"', ['node', 'my server.js', 'a"b', 'c\\d']],
  ["node -e 'a && $b'", ['node', '-e', 'a && $b']],
  ['npm run build && npm start', ['sh', '-c', 'npm run build && npm start']],
  ['node server.js --port=$PORT', ['sh', '-c', 'node server.js --port=$PORT']],
  ['node "$HOME/server.js"', ['sh', '-c', 'node "$HOME/server.js"']],
  ['CACHE=1 node server.js', ['sh', '-c', 'CACHE=1 node server.js']],
];

for (const [line, words] of cases) {
  test(`${line} is ${JSON.stringify(words)}`, () => assert.deepEqual(wordsOf(line), words));
}

test('a quote without an end and an empty command are refused', () => {
  assert.throws(() => wordsOf('node "server.js'), /has a " without an end/);
  assert.throws(() => wordsOf('  '), /is empty/);
});
