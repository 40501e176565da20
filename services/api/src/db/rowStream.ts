import type { Duplex } from 'node:stream';
import type { Connection } from 'mysql2';
import { unavailable } from '../problem.ts';
import { asProblem } from './failures.ts';

/** The driver only says goodbye, which a server that is sending rows hears when it has sent them all. */
export function cutOff(connection: Connection): void {
  connection.destroy();
  (connection as unknown as { stream: Duplex }).stream.destroy();
}

/** So many are held at most, and what one packet of the network has brought. */
const rowsAtOnce = 256;

/**
 * Rows as they arrive, in small groups: one by one costs a turn of promises for each, which is more than the row itself.
 * While nobody takes them the connection is not read, so that the database waits, too.
 */
export async function* rowGroups<Row>(
  connection: Connection,
  { sql, values, timeoutMs }: { sql: string; values: readonly unknown[]; timeoutMs: number },
): AsyncGenerator<Row[], void, undefined> {
  let group: Row[] = [];
  let state: 'open' | 'ended' | { failed: unknown } = 'open';
  let wake = () => {};
  const end = (reached: typeof state) => {
    if (state === 'open') state = reached;
    wake();
  };
  const fail = (error?: Error) => end({ failed: error ?? new Error('The connection was closed.') });
  // The driver tells only the connection that it was lost.
  connection.once('error', fail);
  connection.once('end', fail);
  const stalled = setTimeout(() => {
    fail(unavailable('The rows were not sent or not taken in time.'));
    // Whoever has not taken them may never ask again, and would hold it for ever.
    cutOff(connection);
  }, timeoutMs);
  connection
    .query({ sql, values: [...values] })
    .on('result', (row: unknown) => {
      group.push(row as Row);
      if (group.length === rowsAtOnce) connection.pause();
      wake();
    })
    .on('error', fail)
    .on('end', () => end('ended'));
  try {
    for (;;) {
      if (group.length > 0) {
        const taken = group;
        group = [];
        yield taken;
        stalled.refresh();
        connection.resume();
      } else if (state === 'open') {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (state === 'ended') {
        return;
      }
      if (typeof state === 'object') throw asProblem((state as { failed: unknown }).failed);
    }
  } finally {
    clearTimeout(stalled);
    connection.off('error', fail);
    connection.off('end', fail);
  }
}
