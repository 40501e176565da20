import http from 'k6/http';
import { load, loadOptions } from '../lib/load.ts';
import { nextTarget } from '../lib/target.ts';
import { traceparent } from '../lib/traceparent.ts';

/**
 * The load without a script: one request an iteration, drawn by weight from the list REQUESTS. A user asks again as
 * soon as the answer is there; with RATE that many requests a second are asked, whatever the answers take.
 * Whether an answer is good is told by its status alone.
 */
export const options = { ...loadOptions(load), discardResponseBodies: true };

interface Kind {
  target: string;
  method: string;
  headers: Record<string, string>;
  body: string | null;
  /** Where its share of the draw ends, of 1. */
  upTo: number;
}

const kinds = readKinds();

export default function ask(): void {
  const kind = draw();
  const { baseUrl, tags } = nextTarget();
  const url = kind.target.startsWith('/') ? baseUrl + kind.target : kind.target;
  http.request(kind.method, url, kind.body, {
    headers: { ...kind.headers, traceparent: traceparent(load.traceSampling) },
    tags,
    // What a redirect leads to is another request than the one that was asked for.
    redirects: 0,
  });
}

function draw(): Kind {
  const place = Math.random();
  return kinds.find(({ upTo }) => place < upTo) ?? kinds[0];
}

function readKinds(): [Kind, ...Kind[]] {
  const list: unknown = JSON.parse(__ENV.REQUESTS || '[{"target":"/"}]');
  if (!Array.isArray(list)) throw new Error(`REQUESTS=${__ENV.REQUESTS} is no list of requests`);
  const requests = list.map(readRequest);
  const total = requests.reduce((sum, { weight }) => sum + weight, 0);
  let upTo = 0;
  const drawn = requests.map(({ weight, ...kind }) => {
    upTo += weight / total;
    return { ...kind, upTo };
  });
  const [first, ...rest] = drawn;
  if (!first) throw new Error('REQUESTS is empty');
  return [first, ...rest];
}

function readRequest(value: unknown): Omit<Kind, 'upTo'> & { weight: number } {
  const { target, method, headers, body, weight } = Object(value);
  if (typeof target !== 'string') throw new Error(`REQUESTS: ${JSON.stringify(value)} has no target`);
  return {
    target,
    method: typeof method === 'string' ? method : 'GET',
    headers: withEnvironment(headers ?? {}),
    body: typeof body === 'string' ? body : null,
    weight: typeof weight === 'number' ? weight : 1,
  };
}

/** `${NAME}` in a header is taken from the environment: what is secret stays out of plans and results. */
function withEnvironment(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    value.replace(/\$\{(\w+)\}/g, fromEnvironment),
  ]);
  return Object.fromEntries(entries);
}

function fromEnvironment(_: string, name: string): string {
  const value = __ENV[name];
  if (value === undefined)
    throw new Error(`A header takes ${name} from the environment, and it is not set there`);
  return value;
}
