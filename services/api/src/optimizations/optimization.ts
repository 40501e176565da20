/** The kinds of measures, in the order in which reports list them. */
export const groups = ['database', 'code', 'caching', 'asynchronous', 'process', 'delivery'] as const;
export type Group = (typeof groups)[number];

/** What a reader of the code, the report and the pages is told about one switch. */
export interface Optimization {
  /** As in SHOP_OPTIMIZATIONS. */
  name: string;
  group: Group;
  title: string;
  /** What changes and how, in one or two sentences. */
  does: string;
  /** Routes on which it works, as the router names them: `GET /products`; `*` is every route. */
  where: readonly string[];
  /** What must move if it works, per request; a faster mean without this is luck. */
  evidence: readonly { what: string; moves: 'down' | 'up' }[];
  /** What it costs or may break, so that nobody switches it on unread. */
  risks: readonly string[];
  /** Names of those that do the same in another way: both on is refused, and `all` leaves this one out. */
  insteadOf?: readonly string[];
}
