import type { Changes } from '../cache/changes.ts';
import type { Database, Session } from '../db/database.ts';
import { leaveInOutbox, removeRows } from './outbox.ts';

/** That caches must forget something; without an id where no cache is shared, and nothing can be lost. */
export interface Invalidation {
  readonly tags: readonly string[];
  readonly outboxId: number | null;
}

export interface InvalidationsDeps {
  database: Database;
  changes: Changes;
  /** Other processes keep answers, too: they must hear of a change even when this one dies before it can say so. */
  shared: boolean;
  /** After a change nothing of before is held for longer, whether the caches are told or not. */
  heldAtMostMs: number;
}

/**
 * Writers of what caches hold tell them behind the commit, and at once. Before that it stands in the outbox, in the
 * same transaction as the change: when the shared cache is away or the process dies, the worker tells them.
 */
export class Invalidations {
  readonly #deps: InvalidationsDeps;
  /** Rows of which not everybody could be told. */
  readonly #owed: number[] = [];
  /** Rows that nobody needs any more. */
  readonly #done: number[] = [];
  #removing = false;

  constructor(deps: InvalidationsDeps) {
    this.#deps = deps;
  }

  get heldAtMostMs(): number {
    return this.#deps.heldAtMostMs;
  }

  /** A change and that it is told: when it returns, every cache that can be reached has forgotten what was. */
  async transaction<Result>(
    tags: readonly string[],
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const { result, invalidation } = await this.#deps.database.transaction(async (session) => {
      const result = await work(session);
      return { result, invalidation: await this.leave(session, tags) };
    });
    await this.carryOut(invalidation);
    return result;
  }

  /** For transactions that somebody else opens: in it this, behind its commit `carryOut`. */
  async leave(session: Session, tags: readonly string[]): Promise<Invalidation> {
    if (!this.#deps.shared || tags.length === 0) return { tags, outboxId: null };
    return { tags, outboxId: await leaveInOutbox(session, 'invalidation', { tags }) };
  }

  async carryOut({ tags, outboxId }: Invalidation): Promise<void> {
    const owed = [...this.#owed.splice(0), ...(outboxId === null ? [] : [outboxId])];
    // Whoever could not be told before is told of all that together.
    const told = await this.tell(tags);
    (told ? this.#done : this.#owed).push(...owed);
    if (!this.#removing) void this.#removeDone();
  }

  /** True when everybody who must hear of it has. */
  tell(tags: readonly string[]): Promise<boolean> {
    return this.#deps.changes.publish({ kind: 'changed-here', tags });
  }

  /** Nobody waits for it. What ends while rows are being removed goes with the next statement, so that many share one. */
  async #removeDone(): Promise<void> {
    this.#removing = true;
    try {
      while (this.#done.length > 0) {
        const ids = this.#done.splice(0);
        await this.#deps.database.use((session) => removeRows(session, ids));
      }
    } catch {
      // The worker tells the caches of them once more, which harms nobody.
    } finally {
      this.#removing = false;
    }
  }
}
