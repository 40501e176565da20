'use client';

import { quantities } from '@dyno/lab/format';
import { type CSSProperties, useCallback, useEffect, useId, useMemo, useRef } from 'react';
import { share, timeTicks } from '../lib/timeAxis.ts';
import { criticalPath, type Trace } from '../lib/trace.ts';
import type { Side } from '../lib/tracePair.ts';
import { SpanDetails } from './SpanDetails.tsx';
import { useSpanTree } from './useSpanTree.ts';
import { showRow, useVisibleRows } from './useVisibleRows.ts';
import styles from './Waterfall.module.css';
import { WaterfallLine } from './WaterfallLine.tsx';

/**
 * The spans of one request under a time axis; lightness is the part, hue the variant. A tree: arrows move, right opens, left
 * closes, Enter tells more. Only the lines in sight are in the page, so that thousands of spans stay fast.
 */
export function Waterfall({
  trace,
  side,
  axisMs,
  isUnfolded,
  label,
}: {
  trace: Trace;
  side: Side;
  /** Where the axis ends. */
  axisMs: number;
  isUnfolded: boolean;
  label: string;
}) {
  const id = useId();
  const body = useRef<HTMLTableElement>(null);
  const panel = useRef<HTMLElement>(null);
  const path = useMemo(() => criticalPath(trace), [trace]);
  const show = useCallback((index: number, count: number, coveredPx = 0) => {
    if (body.current) showRow(body.current, { index, count, coveredPx });
  }, []);
  const { rows, active, isTold, close, onKeyDown, onClick } = useSpanTree(trace, isUnfolded, show);
  const visible = useVisibleRows(body, rows.length);
  const told = isTold ? rows[active] : undefined;
  const isActiveThere = active >= visible.first && active < visible.end;

  // The panel must not lie over the line that it is about.
  useEffect(() => {
    if (isTold && panel.current) show(active, rows.length, panel.current.offsetHeight);
  }, [isTold, active, rows.length, show]);

  return (
    <div
      className={styles.waterfall}
      style={
        {
          '--rows': rows.length,
          '--tick': `${share(timeTicks(axisMs)[1] ?? axisMs, axisMs)}%`,
        } as CSSProperties
      }
    >
      <Axis axisMs={axisMs} />
      <div className={styles.hair} aria-hidden="true" />
      <table
        ref={body}
        className={styles.body}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: it is a table of lines that open, with one tab stop and arrows
        role="treegrid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length}
        aria-activedescendant={isActiveThere ? `${id}-${rows[active]?.key}` : undefined}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <tbody className={styles.lines} style={{ '--first': visible.first } as CSSProperties}>
          {rows.slice(visible.first, visible.end).map((row, offset) => (
            <WaterfallLine
              key={row.key}
              id={`${id}-${row.key}`}
              index={visible.first + offset}
              row={row}
              side={side}
              axisMs={axisMs}
              path={path}
              isActive={visible.first + offset === active}
            />
          ))}
        </tbody>
      </table>
      {told ? <SpanDetails ref={panel} row={told} path={path} onClose={close} /> : null}
    </div>
  );
}

function Axis({ axisMs }: { axisMs: number }) {
  const ticks = timeTicks(axisMs);
  const labels = quantities(ticks, 'ms');
  return (
    <div className={styles.axis} aria-hidden="true">
      <div className={styles.lane} data-lane>
        {ticks.map((tick, index) => (
          <span key={tick} style={{ left: `${(tick / axisMs) * 100}%` }}>
            {tick === 0 ? '0' : labels[index]}
          </span>
        ))}
      </div>
      <output className={styles.moment} data-moment />
    </div>
  );
}
