import { milliseconds } from '@dyno/lab/format';
import type { CSSProperties } from 'react';
import type { SpanPart, TraceRow } from '../lib/trace.ts';
import styles from './Waterfall.module.css';

const steps: Record<SpanPart, number> = { app: 2, database: 3, cache: 4, other: 5 };
const partWords: Record<SpanPart, string> = {
  app: 'HTTP',
  database: 'database',
  cache: 'cache',
  other: 'other',
};

/** Spans under one time axis, from the earliest start to the latest end; the lightness is the part, the hue the variant. */
export function Waterfall({
  rows,
  durationMs,
  side,
}: {
  rows: TraceRow[];
  durationMs: number;
  side: 'baseline' | 'candidate';
}) {
  const total = Math.max(durationMs, 1e-6);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const parts = [...new Set(rows.map((row) => row.span.part))];
  return (
    <div className={styles.card}>
      <ul className={styles.legend} aria-label="Parts">
        {parts.map((part) => (
          <li key={part}>
            <i style={{ background: `var(--${side}-${steps[part]})`, borderColor: `var(--${side})` }} />
            {partWords[part]}
          </li>
        ))}
      </ul>
      <table className={styles.table}>
        <caption className={styles.hidden}>Spans in order of their starts</caption>
        <thead>
          <tr>
            <th scope="col">Span</th>
            <th scope="col" className={styles.lane}>
              <div className={styles.ticks} aria-hidden="true">
                {ticks.map((tick) => (
                  <span key={tick} style={{ left: `${tick * 100}%` }}>
                    {tick === 0 ? '0' : milliseconds(total * tick)}
                  </span>
                ))}
              </div>
            </th>
            <th scope="col" className={styles.number}>
              Duration
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.span.id} data-failed={row.span.failed}>
              <th
                scope="row"
                className={styles.name}
                style={{ '--depth': Math.min(row.depth, 12) } as CSSProperties}
              >
                <span className={styles.title}>
                  {row.span.name}
                  {row.bars.length > 1 ? <b> ×{row.bars.length}</b> : null}
                  {row.span.failed ? <em> failed</em> : null}
                </span>
                <small title={row.span.statement ?? row.span.service}>
                  {row.span.statement ?? row.span.service}
                </small>
              </th>
              <td className={styles.lane}>
                <div className={styles.track}>
                  {row.bars.map((bar) => (
                    <span
                      key={bar.startMs}
                      className={styles.bar}
                      style={{
                        left: `${(bar.startMs / total) * 100}%`,
                        width: `${(bar.durationMs / total) * 100}%`,
                        background: `var(--${side}-${steps[row.span.part]})`,
                        borderColor: `var(--${side})`,
                      }}
                    />
                  ))}
                </div>
              </td>
              <td className={styles.number}>
                {milliseconds(row.totalMs)}
                {row.bars.length > 1 ? <small>together</small> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
