import { milliseconds } from '@dyno/lab/format';
import type { CSSProperties } from 'react';
import { share } from '../lib/timeAxis.ts';
import { barsOf, endOf, type Span, type Stretch, type TraceRow } from '../lib/trace.ts';
import { type Side, spanSubtitle, spanTitle } from '../lib/tracePair.ts';
import { colourOfPart } from './partColours.ts';
import styles from './Waterfall.module.css';

/** Bars nearer to each other than this share of the axis are drawn as one. */
const gapShare = 0.003;

/** One span, or several equal ones: its name, its bars, and below them what of it the request waited for. */
export function WaterfallLine({
  id,
  index,
  row,
  side,
  axisMs,
  path,
  isActive,
}: {
  id: string;
  index: number;
  row: TraceRow;
  side: Side;
  axisMs: number;
  path: Map<Span, Stretch[]>;
  isActive: boolean;
}) {
  const { span, members } = row;
  return (
    <tr
      id={id}
      className={styles.row}
      aria-level={row.depth + 1}
      aria-rowindex={index + 1}
      aria-selected={isActive}
      aria-expanded={row.isOpen ?? undefined}
    >
      <th scope="row" className={styles.name} style={{ '--depth': Math.min(row.depth, 12) } as CSSProperties}>
        {row.isOpen === null ? null : (
          <span className={styles.chevron} data-opens data-open={row.isOpen} aria-hidden="true" />
        )}
        <span className={styles.title}>
          {spanTitle(span)}
          {members.length > 1 ? <b> ×{members.length}</b> : null}
          {members.some(({ failed }) => failed) ? <em> failed</em> : null}
        </span>
        <small>{spanSubtitle(row)}</small>
      </th>
      <td className={styles.track}>
        <div className={styles.lane}>
          <Bars row={row} side={side} axisMs={axisMs} path={path} />
          <span
            className={styles.duration}
            style={{ left: `${share(Math.max(...members.map(endOf)), axisMs)}%` }}
          >
            {milliseconds(row.totalMs)}
            {members.length > 1 ? <span className="visually-hidden"> together</span> : null}
            {members.some((member) => path.has(member)) ? (
              <span className="visually-hidden">, on the critical path</span>
            ) : null}
          </span>
        </div>
      </td>
    </tr>
  );
}

function Bars({
  row: { span, members },
  side,
  axisMs,
  path,
}: {
  row: TraceRow;
  side: Side;
  axisMs: number;
  path: Map<Span, Stretch[]>;
}) {
  const gapMs = axisMs * gapShare;
  const waited = barsOf(
    members.flatMap((member) =>
      (path.get(member) ?? []).map(({ fromMs, toMs }) => ({
        ...member,
        startMs: fromMs,
        durationMs: toMs - fromMs,
      })),
    ),
    gapMs,
  );
  const place = ({ fromMs, toMs }: Stretch): CSSProperties => ({
    left: `${share(fromMs, axisMs)}%`,
    width: `${share(toMs - fromMs, axisMs)}%`,
  });
  return (
    <>
      {barsOf(members, members.length > 1 ? gapMs : 0).map((bar) => (
        <i
          key={bar.fromMs}
          className={styles.bar}
          style={{ ...place(bar), background: colourOfPart(side, span.part), borderColor: `var(--${side})` }}
        />
      ))}
      {waited.map((stretch) => (
        <i key={stretch.fromMs} className={styles.critical} style={place(stretch)} />
      ))}
    </>
  );
}
