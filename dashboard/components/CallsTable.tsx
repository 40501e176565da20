import { count, milliseconds } from '@dyno/lab/format';
import type { Calls, ChangedCalls, Side } from '../lib/tracePair.ts';
import { sides } from '../lib/tracePair.ts';
import styles from './CallsTable.module.css';
import tables from './tables.module.css';

/** What two requests did, the largest difference first; the bar goes left for less time in the second and right for more. */
export function CallsTable({
  calls,
  names,
  caption,
}: {
  calls: ChangedCalls[];
  names: Record<Side, string>;
  caption: string;
}) {
  const mostMs = Math.max(...calls.map(({ differenceMs }) => Math.abs(differenceMs)), 1e-6);
  return (
    <div className={tables.scroll}>
      <table className={`${tables.table} ${tables.lined} ${styles.table}`}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Query or span</th>
            <th scope="col" className={tables.number}>
              Calls
            </th>
            {sides.map((side) => (
              <th scope="col" key={side} className={tables.number}>
                {names[side]}
              </th>
            ))}
            <th scope="col" colSpan={2} className={styles.difference}>
              Difference
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((row) => (
            <tr key={row.key}>
              <th scope="row" className={styles.name}>
                <span>
                  {row.title}
                  {row.baseline === null ? (
                    <em> added</em>
                  ) : row.candidate === null ? (
                    <em> removed</em>
                  ) : null}
                </span>
                {row.statement === null || row.statement === row.title ? null : <code>{row.statement}</code>}
              </th>
              <td className={tables.number} data-label="calls">
                {count(row.baseline?.count ?? 0)} → {count(row.candidate?.count ?? 0)}
              </td>
              {sides.map((side) => (
                <td key={side} className={tables.number} data-label={names[side]}>
                  {timeOf(row[side])}
                </td>
              ))}
              <td className={tables.number} data-label="difference">
                {row.differenceMs > 0 ? '+' : ''}
                {row.differenceMs < 0
                  ? `−${milliseconds(-row.differenceMs)}`
                  : milliseconds(row.differenceMs)}
              </td>
              <td className={styles.change}>
                <div className={styles.lane} aria-hidden="true">
                  <i
                    data-side={row.differenceMs < 0 ? 'less' : 'more'}
                    style={{ width: `${(Math.abs(row.differenceMs) / mostMs) * 50}%` }}
                  />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What did not happen took no time, which is not a time of 0. */
const timeOf = (calls: Calls | null): string => (calls === null ? '–' : milliseconds(calls.totalMs));
