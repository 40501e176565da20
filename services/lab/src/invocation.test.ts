import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Invocation } from './invocation.ts';

test('what was waited for has ended: nothing holds the process any more', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const ended = new Invocation().untilInterrupted(Promise.reject(new Error('the dashboard has ended')));
  assert.equal(timers(), before + 1, 'while it waits a timer does');
  await assert.rejects(ended, /the dashboard has ended/);
  assert.equal(timers(), before);
});
