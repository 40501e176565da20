import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldTicks } from './folded.ts';

const project = '/home/somebody/shop';
/** Frames as 0x 6 wrote them on Node 24. */
const js = (name: string) => ({ name, type: 'JS', kind: 'Opt' });
const server = js(' file:///home/somebody/shop/src/server.ts:23:30');
const row = js('mapRow file:///home/somebody/shop/src/rows.ts:7:10');

function check(name: string, ticks: Parameters<typeof foldTicks>[0], expected: string): void {
  test(name, () => {
    const { text, samples } = foldTicks(ticks, project);
    assert.equal(text, expected);
    assert.equal(
      samples,
      text
        .split('\n')
        .filter(Boolean)
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
    );
  });
}

check(
  'equal stacks are counted, lines are sorted',
  [[server, row], [server], [server, row]],
  '(anonymous) src/server.ts:23 1\n(anonymous) src/server.ts:23;mapRow src/rows.ts:7 2\n',
);
check(
  "Node's own files, dependencies and other folders keep their names",
  [
    [
      js('onconnection node:net:2695:22'),
      js('dispatch /home/somebody/shop/node_modules/koa-compose/index.js:33:25'),
      js('outside file:///opt/other%20place/a.js:1:2'),
    ],
  ],
  'onconnection node:net:2695;dispatch node_modules/koa-compose/index.js:33;outside /opt/other place/a.js:1 1\n',
);
check(
  'what is not JavaScript says what it is',
  [
    [
      row,
      { name: 'ArrayMap', type: 'CODE' },
      { name: '__memcpy_avx512_unaligned_erms', type: 'CPP' },
      { name: '/usr/bin/node', type: 'SHARED_LIB' },
      js('wasm-function[2943]'),
    ],
  ],
  'mapRow src/rows.ts:7;ArrayMap [builtin];__memcpy_avx512_unaligned_erms [native];/usr/bin/node [library];wasm-function[2943] [wasm] 1\n',
);
check(
  'waiting is not work',
  [[], [{ name: 'epoll_pwait@@GLIBC_2.6', type: 'CPP' }], [{ name: '__write@@GLIBC_2.2.5', type: 'CPP' }]],
  '__write@@GLIBC_2.2.5 [native] 1\n',
);
check(
  "the profiler's own frames are left out",
  [
    [js(' /x/node_modules/0x/lib/preload/redir-stdout.js:1:1')],
    [js(' /x/node_modules/0x/lib/preload/soft-exit.js:1:1'), row],
  ],
  'mapRow src/rows.ts:7 1\n',
);
check('a name cannot break the format', [[js('get a;b node:x:1:1')]], 'get a,b node:x:1 1\n');
check(
  'names with spaces and dots stay whole',
  [[js('get server.address node:net:1:1'), js('Object.<anonymous> /home/somebody/shop/a b.js:3:4')]],
  'get server.address node:net:1;Object.<anonymous> a b.js:3 1\n',
);
