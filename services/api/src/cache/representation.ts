/** An answer as it goes out, and what it was made from. */
export interface Representation {
  body: Buffer;
  /** Strong validator with its quotes; null where http-cache is off. */
  etag: string | null;
  /** Things whose change makes it old, see tags.ts. */
  tags: readonly string[];
  /** An HTTP date after which nothing that it shows was changed; not there where none can be given. */
  lastModified?: string;
  /** There when there is nothing to show: the sentence that the client is told. */
  absent?: string;
}

export type Load = () => Promise<Representation>;

/** Failures of `load` reach every waiter and are not kept. */
export interface RepresentationCache {
  get(key: string, load: Load): Promise<Representation> | Representation;
}
