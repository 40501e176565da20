import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { firstWait, load } from './load.ts';
import { type Everybody, nobody, type People } from './people.ts';
import { nextTarget, type Target } from './target.ts';
import { traceparent } from './traceparent.ts';

/** One thing that somebody does, at one of the variants. */
export interface Visit {
  people: People;
  get(path: string, headers?: Record<string, string>): RefinedResponse<'text'>;
  post(path: string, body: string, headers?: Record<string, string>): RefinedResponse<'text'>;
  patch(path: string, body: string, headers?: Record<string, string>): RefinedResponse<'text'>;
  /** Which of the virtual users this is, from 0. */
  user: number;
  /** What this user remembers from visit to visit, at this variant. */
  memory: Map<string, string>;
}

/** Asks, and checks what was answered. */
export type Action = (visit: Visit) => void;

/** On average; THINK_SECONDS=0 for users who do not read. */
const thinkSeconds = Number(__ENV.THINK_SECONDS ?? 1);
const memories = new Map<string, Map<string, string>>();

/**
 * The default function of a scenario: each iteration is one of the actions, drawn by weight, at the variant whose turn it is.
 * Closed model: people think for half a second to one and a half between two things. Open model (RATE): as many things a second.
 * Every request carries `headers`.
 */
export function visits(
  actions: readonly (readonly [weight: number, action: Action])[],
  headers: Record<string, string> = {},
) {
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);
  return (everybody?: Everybody): void => {
    const wait = firstWait(thinkSeconds);
    if (wait > 0) sleep(wait);
    const { baseUrl, tags } = nextTarget();
    const visit = visitAt({ baseUrl, tags, headers }, everybody?.[baseUrl] ?? nobody);
    draw(actions, Math.random() * total)(visit);
    if (load.ratePerSecond === null) sleep(thinkSeconds * (0.5 + Math.random()));
  };
}

function draw(actions: readonly (readonly [number, Action])[], place: number): Action {
  let upTo = 0;
  for (const [weight, action] of actions) {
    upTo += weight;
    if (place < upTo) return action;
  }
  throw new Error('A scenario without actions.');
}

function visitAt(
  { baseUrl, tags, headers: always }: Target & { headers: Record<string, string> },
  people: People,
): Visit {
  const memory = memories.get(baseUrl) ?? new Map<string, string>();
  memories.set(baseUrl, memory);
  const params = (headers: Record<string, string> = {}) => ({
    tags,
    // A redirect is an answer of its own; where it leads to is another request.
    redirects: 0,
    headers: { traceparent: traceparent(load.traceSampling), ...always, ...headers },
  });
  return {
    people,
    memory,
    get: (path, headers) => http.get(baseUrl + path, params(headers)),
    post: (path, body, headers) => http.post(baseUrl + path, body, params(headers)),
    patch: (path, body, headers) => http.patch(baseUrl + path, body, params(headers)),
    user: exec.vu.idInTest - 1,
  };
}

/** Checks the status, and of an answer that has it the content. */
export function expect(
  response: RefinedResponse<'text'>,
  status: number,
  what: string,
  isRight: (body: string) => boolean,
): boolean {
  return check(response, {
    [`status is ${status}`]: (answer) => answer.status === status,
    [what]: (answer) => answer.status === status && isRight(String(answer.body ?? '')),
  });
}

/** The JSON of a body, or nothing where it is none. */
export function jsonOf<Body>(response: RefinedResponse<'text'>): Body | null {
  try {
    return JSON.parse(String(response.body)) as Body;
  } catch {
    return null;
  }
}
