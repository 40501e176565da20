import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { Round } from '@dyno/contracts/run';

type Sentinel = NonNullable<Round['sentinel']>;

/** Some 10 ms of work each, so that a timer tick more or less does not show; all of it takes about 0.2 s. */
const loops = 7;
const loopSteps = 6_000_000;
const requests = 60;
/** The first ones open the connection and are compiled. */
const requestsNotCounted = 10;

/** How fast the machine is at this moment, by work that never changes: nothing of it depends on the variant. */
export async function measureSentinel(signal: AbortSignal): Promise<Sentinel> {
  // One that does not count: the loop is compiled in it.
  loopCpuMs();
  const cpuMs = median(Array.from({ length: loops }, loopCpuMs));
  return { cpuMs, noopMs: await noopMs(signal) };
}

/** CPU time, not wall time: who else runs is told by the rest of the round. */
function loopCpuMs(): number {
  const before = process.cpuUsage();
  let state = 1;
  for (let step = 0; step < loopSteps; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  const { user, system } = process.cpuUsage(before);
  // The result is used, so that no compiler leaves the loop out.
  return (user + system + (state & 1) * 1e-3) / 1000;
}

/** A request to a server that does nothing, over a connection that stays. */
async function noopMs(signal: AbortSignal): Promise<number> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const times: number[] = [];
    for (let request = 0; request < requests + requestsNotCounted; request += 1) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const [response] = await once(get({ host: '127.0.0.1', port, agent }), 'response');
      await once(response.resume(), 'end');
      times.push(performance.now() - startMs);
    }
    return median(times.slice(requestsNotCounted));
  } finally {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
