import { Problem } from '../problem.ts';
import type { Load, Representation } from './representation.ts';

/** How long an absence is kept: long enough that guessed ids do not all reach the database, short enough that they fill nothing. */
export const absenceTtlMs = 5000;

/** The load with "there is no such thing" as an answer that can be kept, until something with one of the tags changes. */
export function orAbsent(tags: readonly string[], load: Load): Load {
  return async () => {
    try {
      return await load();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      return { body: Buffer.alloc(0), etag: null, tags, absent: error.detail };
    }
  };
}

/** The same problem that the load has found. */
export function present(representation: Representation): Representation {
  if (representation.absent !== undefined) throw new Problem(404, 'Not found', representation.absent);
  return representation;
}
