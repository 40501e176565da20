import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a script made it. */
export interface RecordedRequest {
  method: string;
  /** Path with query. */
  target: string;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

export interface Recorder {
  /** What the script is told to ask. */
  baseUrl: string;
  /** Different ones, in the order in which they came. */
  requests: RecordedRequest[];
  close(): Promise<void>;
}

/** Longer bodies are passed on but not kept. */
const bodyBytesMax = 64 * 1024;
/** Between one client and one server, and of each request its own. */
const notKept =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|accept-encoding|traceparent|tracestate)$/;

/** A small proxy in front of a service, which notes the first `max` different requests. */
export async function startRecorder(upstream: string, max: number): Promise<Recorder> {
  const requests = new Map<string, RecordedRequest>();
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const kept: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) kept.push(chunk);
    });
    incoming.on('end', () => {
      if (requests.size >= max || bytes > bodyBytesMax) return;
      const one = recordedOf(incoming, Buffer.concat(kept));
      const key = `${one.method} ${one.target} ${one.body.toString('latin1')}`;
      if (!requests.has(key)) requests.set(key, one);
    });
    passOn(upstream, agent, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    get requests() {
      return [...requests.values()];
    },
    close() {
      agent.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function recordedOf(incoming: IncomingMessage, body: Buffer): RecordedRequest {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !notKept.test(name)) headers[name] = value;
  }
  return { method: incoming.method ?? 'GET', target: incoming.url ?? '/', headers, body };
}

function passOn(upstream: string, agent: Agent, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { hostname, port, pathname } = new URL(upstream);
  const to = httpRequest({
    hostname,
    port,
    agent,
    method: incoming.method,
    path: pathname.replace(/\/$/, '') + (incoming.url ?? '/'),
    headers: { ...incoming.headers, host: `${hostname}:${port}`, connection: 'keep-alive' },
  });
  to.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  // The script sees a broken connection where the service has broken one.
  to.on('error', () => outgoing.destroy());
  outgoing.on('close', () => to.destroy());
  incoming.pipe(to);
}
