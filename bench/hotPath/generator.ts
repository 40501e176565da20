import { connect, type Socket } from 'node:net';

/**
 * Asks one port as fast as it answers, over connections that stay open, and counts whole answers. A process of its own on
 * another core: what it costs is nobody's figure. Requests look like those of k6, traceparent included.
 */
export interface Slice {
  port: number;
  paths: string[];
  connections: number;
  milliseconds: number;
  /** Share of the requests whose caller asks for a trace. */
  sampled: number;
}
export type SliceEnd = { requests: number; seconds: number } | { error: string };

const kinds = 1000;

process.on('message', (slice: Slice) => {
  ask(slice).then(
    (end) => process.send?.(end),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

async function ask({ port, paths, connections, milliseconds, sampled }: Slice): Promise<SliceEnd> {
  const requests = requestsOf(paths, port, sampled);
  const startMs = performance.now();
  const endMs = startMs + milliseconds;
  const sleep = stayAwake();
  try {
    const counts = await Promise.all(
      Array.from({ length: connections }, (_, index) => client(port, requests, index * 37, endMs)),
    );
    return {
      requests: counts.reduce((sum, count) => sum + count, 0),
      seconds: (performance.now() - startMs) / 1000,
    };
  } finally {
    sleep();
  }
}

/** Until the function that comes back is called. The CPU of waking a sleeping client is the service's, and a slow service would pay it more often. */
function stayAwake(): () => void {
  let isAwake = true;
  const again = () => {
    if (isAwake) setImmediate(again);
  };
  again();
  return () => {
    isAwake = false;
  };
}

/** One connection, one request at a time. */
function client(port: number, requests: readonly Buffer[], from: number, endMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answered = 0;
    let missing = 0;
    const next = () => {
      if (performance.now() >= endMs) return socket.end(() => resolve(answered));
      socket.write(requests[(from + answered) % requests.length] ?? '');
    };
    socket.once('connect', next);
    socket.once('error', reject);
    socket.on('data', (data: Buffer) => {
      if (missing === 0) {
        const whole = lengthOf(data);
        if (whole === null) return fail(socket, reject, data);
        missing = whole;
      }
      missing -= data.length;
      if (missing > 0) return;
      answered += 1;
      next();
    });
  });
}

/** Head and body together; null when it is not the answer that was asked for. */
function lengthOf(data: Buffer): number | null {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = data.toString('latin1', 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 200') || length === undefined) return null;
  return end + 4 + Number(length);
}

function fail(socket: Socket, reject: (error: Error) => void, data: Buffer): void {
  socket.destroy();
  reject(new Error(`not a page: ${data.toString('latin1', 0, 300)}`));
}

function requestsOf(paths: readonly string[], port: number, sampled: number): Buffer[] {
  return Array.from({ length: kinds }, (_, index) => {
    const traceId = (index + 1).toString(16).padStart(32, 'a');
    const flag = index < sampled * kinds ? '01' : '00';
    return Buffer.from(
      `GET ${paths[index % paths.length]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: Grafana k6/2.2.0\r\n` +
        `Traceparent: 00-${traceId}-00f067aa0ba902b7-${flag}\r\n\r\n`,
    );
  });
}
