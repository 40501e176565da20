import exec from 'k6/execution';
import { load } from './load.ts';

/** Where a request goes, and the tags that say so in the samples. */
export interface Target {
  baseUrl: string;
  tags: Record<string, string>;
}

const targets = readTargets();
const seed = Number(__ENV.DRAW_SEED || 0) >>> 0;

/** Every address that requests may go to: what a user needs before the first one is made ready at each. */
export const baseUrls: readonly string[] =
  targets.length === 0 ? [load.baseUrl] : targets.map(({ baseUrl }) => baseUrl);

/** Of this virtual user: how many requests of its iteration have been drawn. */
let iteration = -1;
let drawn = 0;

/**
 * Draws the variant of one request. Each two iterations that begin after one another, whichever users they belong to,
 * are a pair: a coin of the seed decides which of the two goes to which variant. So both get the same number of
 * requests at the same times, nobody can foresee the next one, and what the machine does meets both alike.
 * Where only one variant runs it is always that one, without a tag.
 */
export function nextTarget(): Target {
  if (targets.length === 0) return { baseUrl: load.baseUrl, tags: {} };
  const current = exec.scenario.iterationInTest;
  drawn = current === iteration ? drawn + 1 : 0;
  iteration = current;
  const pair = Math.floor(current / targets.length);
  const place = (current + coin(pair, drawn)) % targets.length;
  return targets[place] ?? { baseUrl: load.baseUrl, tags: {} };
}

/** The same numbers give the same coin: finalizer of MurmurHash3 over seed, pair and request. */
function coin(pair: number, request: number): number {
  let hash = seed ^ Math.imul(pair + 1, 0x9e3779b1) ^ Math.imul(request + 1, 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function readTargets(): Target[] {
  if (!__ENV.TARGETS) return [];
  const parsed: unknown = JSON.parse(__ENV.TARGETS);
  if (!Array.isArray(parsed) || !parsed.every(isTarget))
    throw new Error(`TARGETS=${__ENV.TARGETS} is no list of variants`);
  return parsed.map(({ variant, baseUrl }) => ({ baseUrl, tags: { variant } }));
}

function isTarget(value: unknown): value is { variant: string; baseUrl: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'variant' in value &&
    'baseUrl' in value &&
    typeof value.variant === 'string' &&
    typeof value.baseUrl === 'string'
  );
}
