/** What a reader of the code, the report and the pages is told about one switch. */
export interface Optimization {
  name: string;
  title: string;
  /** One or two sentences. */
  does: string;
  /** What must move if it works, per request; a faster mean without this is luck. */
  evidence: readonly { what: string; moves: 'down' | 'up' }[];
}
