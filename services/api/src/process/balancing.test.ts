import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Balance } from '../optimizations/nginxBalancing.ts';
import { askPlayed, nginxBefore, type Play, whole } from '../testing/playedInstances.ts';
import { until } from '../testing/until.ts';

/** Which of three instances answered each of thirty requests, one after the other. */
async function spread(context: TestContext, balance: Balance): Promise<number[]> {
  const asked = [0, 0, 0];
  const play: Play = (socket, place) => {
    asked[place] = (asked[place] ?? 0) + 1;
    socket.end(whole);
  };
  const port = await nginxBefore(context, { count: 3, play, balance });
  for (let request = 0; request < 30; request += 1) assert.equal((await askPlayed(port)).status, 200);
  return asked.sort((one, other) => one - other);
}

test('round-robin: each instance gets as many requests', async (context) => {
  assert.deepEqual(await spread(context, 'round-robin'), [10, 10, 10]);
});

test('ip-hash: who comes from one address stays with one instance', async (context) => {
  assert.deepEqual(await spread(context, 'ip-hash'), [0, 0, 30]);
});

test('least-conn: who has nothing to do is asked', async (context) => {
  const busy = new Set<number>();
  const asked: number[] = [];
  const held: (() => void)[] = [];
  const play: Play = (socket, place) => {
    if (held.length === 2) {
      asked.push(place);
      socket.end(whole);
      return;
    }
    busy.add(place);
    held.push(() => socket.end(whole));
  };
  const port = await nginxBefore(context, { count: 3, play, balance: 'least-conn' });
  const waiting: ReturnType<typeof askPlayed>[] = [];
  for (const already of [1, 2]) {
    waiting.push(askPlayed(port));
    await until(() => held.length === already);
  }
  assert.equal(busy.size, 2);
  // One connection is one worker of nginx: another one might choose before it has counted the answer before as given.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  context.after(() => agent.destroy());
  for (let request = 0; request < 10; request += 1) await askPlayed(port, 'GET', '/asked', agent);
  const idle = [0, 1, 2].filter((place) => !busy.has(place));
  assert.deepEqual([...new Set(asked)], idle);
  for (const release of held) release();
  for (const { status } of await Promise.all(waiting)) assert.equal(status, 200);
});

test('an instance that fails is left out, tried now and then, and taken back; no reader notices', async (context) => {
  let ill = true;
  let failed = 0;
  let well = 0;
  const play: Play = (socket, place) => {
    if (place === 1) return void socket.end(whole);
    if (ill) failed += 1;
    else well += 1;
    socket.end(ill ? '' : whole);
  };
  const port = await nginxBefore(context, { count: 2, play });
  const ask = async () => assert.equal((await askPlayed(port)).status, 200);
  const startMs = performance.now();
  for (let request = 0; request < 100; request += 1) await ask();
  const seconds = (performance.now() - startMs) / 1000;
  // In turns it would have been asked fifty times.
  assert.ok(failed >= 1 && failed <= 2 + seconds, `${failed} times in ${seconds} s`);
  ill = false;
  await until(async () => {
    await ask();
    return well > 1;
  });
});

for (const { keepAlive, connections } of [
  { keepAlive: true, connections: 1 },
  { keepAlive: false, connections: 20 },
]) {
  test(`upstream-keepalive ${keepAlive ? 'on' : 'off'}: twenty requests take ${connections} connections of an instance`, async (context) => {
    const opened = new Set<Socket>();
    const play: Play = (socket) => {
      opened.add(socket);
      socket.write(whole);
    };
    const port = await nginxBefore(context, { count: 1, play, keepAlive });
    // Each worker of nginx keeps its own: one connection to it is one worker.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    context.after(() => agent.destroy());
    for (let request = 0; request < 20; request += 1) {
      assert.equal((await askPlayed(port, 'GET', '/asked', agent)).body, 'whole');
    }
    assert.equal(opened.size, connections);
  });
}
