import { cacheKey, type Scope } from './key.ts';
import { loadFor } from './loading.ts';
import type { Load, Representation, RepresentationCache } from './representation.ts';

/** What is asked: by whom it may be shared, and everything that the answer depends on. */
export interface Question {
  scope: Scope;
  route: string;
  parameters: Readonly<Record<string, string>>;
}

/** Asks the caches in their order, and loads where none of them holds the answer. */
export function throughCaches(
  caches: readonly RepresentationCache[],
  { scope, route, parameters }: Question,
  load: Load,
): Promise<Representation> | Representation {
  const guarded = () => loadFor(scope, load);
  if (caches.length === 0) return guarded();
  return ask(caches, 0, cacheKey(scope, route, parameters), guarded);
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
