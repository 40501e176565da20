import type { IncomingMessage } from 'node:http';

/** Why a request is turned away. */
export interface Refusal {
  status: 403 | 405 | 421;
  message: string;
}

type Headers = IncomingMessage['headers'];

/**
 * The one gate in front of everything the dashboard serves. A web page that is open in the same browser can send requests to any
 * port of this machine, and a name that resolves to 127.0.0.1 makes them same-origin (DNS rebinding): so the request must name us
 * exactly, and must come from one of our own pages or from the address bar. Nothing here writes, so only reading methods pass.
 */
export function refusalOf(
  request: { method?: string | undefined; headers: Headers },
  port: number,
): Refusal | null {
  const { host, origin } = request.headers;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  if (host === undefined || !hosts.includes(host))
    return { status: 421, message: `This is the dashboard of Dyno; open it as http://127.0.0.1:${port}/.` };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, message: 'The dashboard only answers GET and HEAD.' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, message: 'Requests of other origins are refused.' };
  if (!isOurOwnPage(request.headers) && !isNavigation(request))
    return { status: 403, message: 'Requests of other sites are refused.' };
  return null;
}

/** Programs and old browsers send no Sec-Fetch-Site; every browser since 2023 does. */
function isOurOwnPage(headers: Headers): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** A link on another page may open ours in the whole tab, never in a frame. */
function isNavigation(request: { method?: string | undefined; headers: Headers }): boolean {
  const { headers } = request;
  return (
    request.method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}
