import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Note } from '@dyno/otel/names';
import { cannotTrace, whyUntraced } from './untraced.ts';

const variant = { name: 'naive', title: '', env: {} };
const npm: Note = { pid: 1, program: '/usr/bin/npm', state: 'left alone', why: 'npm is a tool' };
const traced: Note = { pid: 2, program: '/app/server.js', state: 'traced' };
const failed: Note = { pid: 3, program: '/app/server.js', state: 'failed', why: 'no such file' };

test('what cannot be traced is not put under load for it', () => {
  assert.equal(cannotTrace('inject', variant), null);
  assert.match(cannotTrace('none', variant) ?? '', /telemetry: none/);
  assert.match(cannotTrace('inject', { ...variant, url: 'http://127.0.0.1:1' }) ?? '', /did not start/);
});

for (const { notes, telemetry = 'inject', says } of [
  { notes: [], says: /not a Node service/ },
  { notes: [npm], says: /npm is a tool/ },
  { notes: [npm, failed], says: /could not be loaded into it: no such file/ },
  { notes: [npm, traced], says: /answered no request/ },
  { notes: [], telemetry: 'own', says: /it sent none/ },
  { notes: [traced], telemetry: 'own', says: /it recorded/ },
] as const) {
  test(`no traces of a service with telemetry ${telemetry} and ${notes.length} notes: ${says}`, () => {
    assert.match(whyUntraced(telemetry, notes), says);
  });
}
