import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withFrameTypes } from './flamegraphPage.ts';

const typed = (name: string) => withFrameTypes(`{"S":0,"name":${JSON.stringify(name)},"value":1}`);

test('frames that 0x would hide say what they are', () => {
  for (const [name, type] of [
    ['emit node:events:489:44', 'core'],
    ['parserOnHeadersComplete node:_http_common:77:33', 'core'],
    ['work file:///srv/app/server.ts:34:21', 'app'],
    ['work /srv/app/server.cjs:34:21', 'app'],
    ['parse file:///srv/node_modules/lib/index.mts:1:2', 'deps'],
    ['say "hi" /srv/a b/x.tsx:1:2', 'app'],
  ] as const)
    assert.deepEqual(JSON.parse(typed(name)), { S: 0, name, type, value: 1 });
});

test('what 0x knows stays as it is', () => {
  for (const name of [
    'all stacks',
    'work /srv/app/server.js:34:21',
    'StringAdd_CheckNone [CODE:Builtin]',
    'malloc [CPP]',
    'load node:internal/modules:1:2 [INIT]',
    'a","type":"x',
  ])
    assert.deepEqual(JSON.parse(typed(name)), { S: 0, name, value: 1 });
});
