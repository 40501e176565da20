import { z } from 'zod';
import type { Part } from '../routes/health.ts';

/** What is known of a signed-in visitor between two pages. */
export const sessionSchema = z.strictObject({ customerId: z.int().min(1) });
export type Session = z.output<typeof sessionSchema>;

/** Where sessions live; the id is what the cookie's token hashes to, so that a copy of the store opens no session. */
export interface SessionStore {
  create(id: string, session: Session): Promise<void>;
  /** Null when there is none, or it has ended. What is found lives on for its whole time from now. */
  read(id: string): Promise<Session | null>;
  end(id: string): Promise<void>;
  /** What the service is not ready without; null where it needs that anyway. */
  part: Part | null;
  close(): void;
}

export const sessionSeconds = 3600;
