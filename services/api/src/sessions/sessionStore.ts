/** What is known of a signed-in visitor between two pages. */
export interface Session {
  customerId: number;
}

/** Where sessions live; the id is what the cookie's token hashes to, so that a copy of the store opens no session. */
export interface SessionStore {
  create(id: string, session: Session): Promise<void>;
  /** Null when there is none, or it has ended. What is found lives on for its whole time from now. */
  read(id: string): Promise<Session | null>;
  end(id: string): Promise<void>;
  /** Throws when the store cannot be reached. */
  check(): Promise<unknown>;
  close(): void;
}

export const sessionSeconds = 3600;
