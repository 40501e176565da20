import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { isSame } from '@dyno/lab/token';

/** Why a request is turned away. */
export interface Refusal {
  status: 401 | 403 | 405 | 415 | 421;
  message: string;
}

/** What the gate knows of its own house. */
export interface House {
  port: number;
  /** What the server is bound to: anything but a loopback address is reached from other machines. */
  bound: string;
  /** What a cookie must hold for writing; null where nothing can be written at all. */
  session: string | null;
  /** A dashboard that others than this machine reach is read with the cookie only. */
  readingIsOpen: boolean;
  /** Paths that a POST may ask for. */
  isAction(path: string): boolean;
}

type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;
type Headers = IncomingMessage['headers'];

/**
 * The one gate in front of everything the dashboard serves. A web page that is open in the same browser can send requests to any
 * port of this machine, and a name that resolves to 127.0.0.1 makes them same-origin (DNS rebinding): so the request must name us
 * exactly, and must come from one of our own pages or from the address bar. What starts or stops something must besides be JSON
 * (no form can send that), say its origin, and come from a browser that was let in by an address of the command line.
 */
export function refusalOf(request: Asked, house: House): Refusal | null {
  const { host, origin } = request.headers;
  // A target with a name of its own (as proxies are asked) says something else than Host, and Next would redirect there.
  const isPath = (request.url ?? '/').startsWith('/');
  if (host === undefined || !hostsOf(house).includes(host) || !isPath)
    return {
      status: 421,
      message: `This is the dashboard of Dyno; open it as http://127.0.0.1:${house.port}/.`,
    };
  const writes = request.method === 'POST' && house.isAction(pathOf(request));
  if (!writes && request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, message: 'The dashboard only answers GET and HEAD here.' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, message: 'Requests of other origins are refused.' };
  if (!isOurOwnPage(request.headers) && !isNavigation(request))
    return { status: 403, message: 'Requests of other sites are refused.' };
  return writes ? refusalOfWrite(request.headers, house) : null;
}

function refusalOfWrite(headers: Headers, house: House): Refusal | null {
  if (headers.origin === undefined)
    return { status: 403, message: 'A request that starts or stops something must say its origin.' };
  if (!/^application\/json(?:;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? ''))
    return { status: 415, message: 'Only application/json is read here.' };
  if (house.session === null) return { status: 405, message: 'This dashboard only reads.' };
  return isLetIn(headers, house) ? null : { status: 401, message: wayIn };
}

/** Asked behind the gate, because an address with a code comes without the cookie. */
export function refusalOfReading(request: Asked, house: House): Refusal | null {
  if (house.readingIsOpen || isLetIn(request.headers, house)) return null;
  return { status: 401, message: `This dashboard is reached from other machines. ${wayIn}` };
}

export const wayIn =
  'Starting and stopping is for those who were let in: run "npx dyno dashboard" and open the address that it prints.';

/** Whether this browser has shown a code of the command line before. */
export function isLetIn(headers: Headers, { session, port }: House): boolean {
  return session !== null && cookiesOf(headers, cookieName(port)).some((value) => isSame(value, session));
}

/** Neither scripts nor other sites get at it; browsers do not tell ports apart, so its name does. */
export function cookieOf({ port }: House, session: string): string {
  return `${cookieName(port)}=${session}; Path=/; HttpOnly; SameSite=Strict`;
}

/** The code that an address of the command line carries, and that address without it. */
export function codeIn(request: Asked): { code: string; rest: string } | null {
  if (request.method !== 'GET') return null;
  const [path, query = ''] = (request.url ?? '/').split('?', 2);
  const asked = new URLSearchParams(query);
  const code = asked.get('token');
  if (code === null) return null;
  asked.delete('token');
  // Two slashes would name another host.
  const place = `/${(path ?? '').replace(/^[/\\]+/, '')}`;
  return { code, rest: asked.size > 0 ? `${place}?${asked}` : place };
}

export const pathOf = ({ url }: Pick<IncomingMessage, 'url'>): string => (url ?? '/').split('?', 1)[0] ?? '/';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];
const everywhere = ['0.0.0.0', '::'];

export const isLoopback = (bound: string): boolean => bound === '::1' || loopback.includes(bound);

/** Names that mean us; the addresses of the machine only where it was told to listen on them. */
function hostsOf({ port, bound, session }: House): string[] {
  const addresses = everywhere.includes(bound)
    ? Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? [])
    : [bound];
  const others =
    isLoopback(bound) || session === null
      ? []
      : addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  return [...loopback, ...others].map((name) => `${name}:${port}`);
}

const cookieName = (port: number): string => `dyno-${port}`;

function cookiesOf({ cookie = '' }: Headers, name: string): string[] {
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

/** Programs and old browsers send no Sec-Fetch-Site; every browser since 2023 does. */
function isOurOwnPage(headers: Headers): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** A link on another page may open ours in the whole tab, never in a frame. */
function isNavigation(request: Asked): boolean {
  const { headers } = request;
  return (
    request.method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}
