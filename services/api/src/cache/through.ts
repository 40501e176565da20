import { cacheKey, type Scope } from './key.ts';
import { loadFor } from './loading.ts';
import type { Load, Representation, RepresentationCache } from './representation.ts';

/** What is asked: by whom it may be shared, and everything that the answer depends on. */
export interface Question {
  readonly scope: Scope;
  readonly route: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Of questions that are kept by who asks them, with which the key would be made anew each time. */
const keys = new WeakMap<Question, string>();

/** Asks the caches in their order, and loads where none of them holds the answer. */
export function throughCaches(
  caches: readonly RepresentationCache[],
  question: Question,
  load: Load,
): Promise<Representation> | Representation {
  const guarded = () => loadFor(question.scope, load);
  if (caches.length === 0) return guarded();
  return ask(caches, 0, keyOf(question), guarded);
}

function keyOf(question: Question): string {
  let key = keys.get(question);
  if (key === undefined) {
    key = cacheKey(question.scope, question.route, question.parameters);
    keys.set(question, key);
  }
  return key;
}

function ask(
  caches: readonly RepresentationCache[],
  from: number,
  key: string,
  load: Load,
): Promise<Representation> | Representation {
  const cache = caches[from];
  if (cache === undefined) return load();
  return cache.get(key, async () => ask(caches, from + 1, key, load));
}
