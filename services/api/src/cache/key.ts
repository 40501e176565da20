/** Whose answer it is. Only a public one may be given to somebody else. */
export type Scope = { kind: 'public' } | { kind: 'user'; id: number } | { kind: 'role'; role: string };

/**
 * Scope, route and sorted parameters, each with its length in front, so that no two questions make one key.
 * Parameters are those of a parsed query: what is not in its schema never gets here.
 */
export function cacheKey(scope: Scope, route: string, parameters: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return [scopeName(scope), route, ...sorted.flat()].map((part) => `${part.length}:${part}`).join('|');
}

function scopeName(scope: Scope): string {
  switch (scope.kind) {
    case 'public':
      return 'public';
    case 'user':
      return `user ${scope.id}`;
    case 'role':
      return `role ${scope.role}`;
    default:
      return scope satisfies never;
  }
}
