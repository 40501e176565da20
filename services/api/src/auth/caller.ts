import { AsyncLocalStorage } from 'node:async_hooks';

export type Role = 'customer' | 'staff';

/** Who asks. A route that anyone may call is not told, so that its answers cannot depend on it. */
export type Caller = { kind: 'anonymous' } | Customer;

export const anonymous: Caller = { kind: 'anonymous' };

const loadsForEverybody = new AsyncLocalStorage<true>();

/** Runs what makes an answer that others will be given, too: reading the caller in there throws. */
export function forEverybody<Result>(load: () => Result): Result {
  return loadsForEverybody.run(true, load);
}

/** A signed-in caller. Reading who it is inside a loader of public answers is a fault of ours, found at once. */
export class Customer {
  readonly kind = 'customer';
  readonly #id: number;
  readonly #role: Role;

  constructor(id: number, role: Role) {
    this.#id = id;
    this.#role = role;
  }

  get id(): number {
    refuseForEverybody();
    return this.#id;
  }

  get role(): Role {
    refuseForEverybody();
    return this.#role;
  }
}

function refuseForEverybody(): void {
  if (loadsForEverybody.getStore()) {
    throw new Error('An answer for everybody reads who asks; give its cache key the scope of the user.');
  }
}
