import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import type { Invalidations } from './invalidations.ts';
import type { Mail } from './mail.ts';

/** Work that a request leaves behind in the outbox: done inside the request, or by the worker. */
export const jobKinds = ['email', 'import', 'report', 'invalidation'] as const;
export type JobKind = (typeof jobKinds)[number];

/** How often a job is tried before it is a dead letter; a mail server may be away for minutes. */
export const attemptsOf: Readonly<Record<JobKind, number>> = {
  email: 8,
  import: 3,
  report: 3,
  invalidation: 10,
};

export interface JobDeps {
  database: Database;
  mail: Mail;
  /** Told of what the job changed, so that the caches forget it. */
  invalidations: Invalidations;
  log: Logger;
  /** Who works, for rows that only one may hold: another name in each process, and in each try of it. */
  owner: string;
  /** Whether to wait while another stands in front that only one may be done of at a time; else it is `JobHeld`. */
  waitsForTurn: boolean;
  /** How long a row is held without news from its holder. Longer than any step takes: after it the holder counts as gone. */
  leaseMs: number;
  /** Aborted when this process must end: stop after the step under way and throw `JobInterrupted`; another goes on there. */
  signal: AbortSignal;
}

/**
 * Reads its input by the id of its row in the outbox. It may be called again at any time, by two at once too: what it has
 * done, it does not do again. Throws where another try may help; `InputRefused` where none can.
 */
export type Job = (deps: JobDeps, outboxId: number) => Promise<void>;
export type Jobs = Readonly<Record<JobKind, Job>>;

/** What was handed in can never be done: a dead letter at once. The message is for people and names the value. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
}

/** Somebody else is at it or in front of it, or was when last heard of; to be asked about again, which is no failure. */
export class JobHeld extends Error {
  override readonly name = 'JobHeld';
}

/** Not done because this process ends; the next one goes on. */
export class JobInterrupted extends Error {
  override readonly name = 'JobInterrupted';

  constructor() {
    super('The process ends; another goes on here.');
  }
}
