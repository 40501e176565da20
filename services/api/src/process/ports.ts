import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The port, where nobody listens on it; for 0 any free one. Throws where it is taken. */
export async function freePort(host: string, wanted: number): Promise<number> {
  const server = createServer().listen(wanted, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === 'EADDRINUSE' ? 'the port is taken; set PORT to a free one' : error.message;
}
