import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { askPlayed, nginxBefore, type Play, whole } from '../testing/playedInstances.ts';

/** What nginx makes of instances that answer with a failure, half, or not at all; these ones only play instances. */
const failure = '{"status":500}';

for (const { name, first, method, told, complete, asked } of [
  {
    name: 'a 500 is passed on, and nobody else is asked',
    first: `HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/problem+json\r\nContent-Length: ${failure.length}\r\n\r\n${failure}`,
    method: 'GET',
    told: [500, failure],
    complete: true,
    asked: 1,
  },
  {
    name: 'half a body stays visibly half, and nothing is sewn to it',
    first: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf',
    method: 'GET',
    told: [200, 'half'],
    complete: false,
    asked: 1,
  },
  {
    name: 'half a body in chunks stays visibly half',
    first: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    method: 'GET',
    told: [200, 'half'],
    complete: false,
    asked: 1,
  },
  {
    name: 'without an answer to a read another instance is asked',
    first: '',
    method: 'GET',
    told: [200, 'whole'],
    complete: true,
    asked: 2,
  },
  {
    name: 'with half of the headers another instance is asked',
    first: 'HTTP/1.1 200 OK\r\nContent-Le',
    method: 'GET',
    told: [200, 'whole'],
    complete: true,
    asked: 2,
  },
  {
    name: 'without an answer to a write nobody else is asked: it may have been done',
    first: '',
    method: 'POST',
    told: [503, null],
    complete: true,
    asked: 1,
  },
] as const) {
  test(name, async (context) => {
    const upstream = await playInstances(context, first);
    const answer = await askPlayed(upstream.port, method);
    assert.equal(answer.status, told[0]);
    if (told[1] !== null) assert.equal(answer.body, told[1]);
    else {
      assert.equal(answer.headers['retry-after'], '1');
      assert.equal(answer.headers['content-type'], 'application/problem+json');
    }
    assert.equal(answer.complete, complete);
    assert.equal(upstream.asked(), asked);
  });
}

/** Two behind nginx: whichever is asked first answers so and hangs up, later ones answer as they should. */
async function playInstances(
  context: TestContext,
  first: string,
): Promise<{ port: number; asked(): number }> {
  let asked = 0;
  const play: Play = (socket) => {
    asked += 1;
    socket.end(asked === 1 ? first : whole);
  };
  const port = await nginxBefore(context, { count: 2, play });
  return { port, asked: () => asked };
}
