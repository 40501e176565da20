import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './key.ts';

const loading = new AsyncLocalStorage<Scope>();

/** Runs a load within the scope that its answer is kept for. */
export function loadFor<Result>(scope: Scope, load: () => Result): Result {
  return loading.run(scope, load);
}

/**
 * Called wherever a handler asks who the caller is: which user, or which role. What is loaded for others too must not depend on it: a
 * page that greeted the first caller by name would greet all who come after.
 */
export function assertMayRead(about: Exclude<Scope, { kind: 'public' }>): void {
  const scope = loading.getStore();
  if (scope === undefined || isSame(scope, about)) return;
  const whom = scope.kind === 'public' ? 'everybody' : `a ${scope.kind}`;
  throw new Error(
    `The caller was asked for while an answer for ${whom} was loaded; its key needs the scope of the user.`,
  );
}

function isSame(scope: Scope, about: Scope): boolean {
  switch (scope.kind) {
    case 'public':
      return false;
    case 'user':
      // Of one user everything is known, the role too.
      return about.kind === 'role' || (about.kind === 'user' && about.id === scope.id);
    case 'role':
      return about.kind === 'role' && about.role === scope.role;
    default:
      return scope satisfies never;
  }
}
