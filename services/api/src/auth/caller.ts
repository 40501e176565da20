import { assertMayRead } from '../cache/loading.ts';

export type Role = 'customer' | 'staff';

/** Who asks. A route that anyone may call is not told, so that its answers cannot depend on it. */
export type Caller = { kind: 'anonymous' } | Customer;

export const anonymous: Caller = { kind: 'anonymous' };

/** A signed-in caller. Reading who it is while an answer for others is loaded is a fault of ours, found at once. */
export class Customer {
  readonly kind = 'customer';
  readonly #id: number;
  readonly #role: Role;

  constructor(id: number, role: Role) {
    this.#id = id;
    this.#role = role;
  }

  get id(): number {
    assertMayRead({ kind: 'user', id: this.#id });
    return this.#id;
  }

  get role(): Role {
    assertMayRead({ kind: 'role', role: this.#role });
    return this.#role;
  }
}
