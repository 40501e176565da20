'use client';

import { milliseconds, quantities } from '@dyno/lab/format';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import {
  barsOf,
  criticalPath,
  endOf,
  rowsOf,
  type Span,
  type Stretch,
  type Trace,
  type TraceRow,
} from '../lib/trace.ts';
import { type Side, spanSubtitle, spanTitle } from '../lib/tracePair.ts';
import { colourOfPart } from './partColours.ts';
import { SpanDetails } from './SpanDetails.tsx';
import { useVisibleRows } from './useVisibleRows.ts';
import styles from './Waterfall.module.css';

/** Bars nearer to each other than this share of the axis are drawn as one. */
const gapShare = 0.003;

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
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const [isTold, setTold] = useState(false);
  const path = useMemo(() => criticalPath(trace), [trace]);
  const rows = useMemo(() => rowsOf(trace, { isUnfolded, toggled }), [trace, isUnfolded, toggled]);
  const visible = useVisibleRows(body, rows.length);
  const { show } = visible;
  const active = Math.max(
    0,
    rows.findIndex(({ key }) => key === activeKey),
  );
  const told = isTold ? rows.find(({ key }) => key === activeKey) : undefined;

  // The panel must not lie over the line that it is about.
  useEffect(() => {
    if (isTold && panel.current) show(active, panel.current.offsetHeight);
  }, [isTold, active, show]);

  // A row that was closed with what is below it takes the mark along.
  useEffect(() => {
    if (activeKey !== null && !rows.some(({ key }) => key === activeKey)) setActiveKey(null);
  }, [rows, activeKey]);

  const toggle = (row: TraceRow) => {
    setActiveKey(row.key);
    setToggled(
      (before) =>
        new Set(before.has(row.key) ? [...before].filter((key) => key !== row.key) : [...before, row.key]),
    );
  };
  const moveTo = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (!row) return;
    setActiveKey(row.key);
    show(rows.indexOf(row), 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[active];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      setActiveKey(row.key);
      setTold(!(isTold && activeKey === row.key));
    } else if (event.key === 'Escape' && isTold) setTold(false);
    else if (event.key === 'ArrowRight' && row.isOpen === false) toggle(row);
    else if (event.key === 'ArrowLeft' && row.isOpen === true) toggle(row);
    else {
      const target = targetOf(event.key, rows, activeKey === null ? -1 : active);
      if (target === null) return;
      moveTo(target);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const onClick = ({ target }: MouseEvent) => {
    if (!(target instanceof Element)) return;
    const row = rows[Number(target.closest('tr')?.ariaRowIndex) - 1];
    if (!row) return;
    if (target.closest('[data-opens]')) return toggle(row);
    setTold(!(isTold && activeKey === row.key));
    setActiveKey(row.key);
  };

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
        aria-activedescendant={
          activeKey === null || !visible.isThere(active) ? undefined : `${id}-${activeKey}`
        }
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <tbody className={styles.lines} style={{ '--first': visible.first } as CSSProperties}>
          {rows.slice(visible.first, visible.end).map((row, offset) => (
            <Line
              key={row.key}
              id={`${id}-${row.key}`}
              index={visible.first + offset}
              row={row}
              side={side}
              axisMs={axisMs}
              path={path}
              isActive={row.key === activeKey}
            />
          ))}
        </tbody>
      </table>
      {told ? <SpanDetails ref={panel} row={told} path={path} onClose={() => setTold(false)} /> : null}
    </div>
  );
}

/** Where a key leads; null where it leads nowhere. */
function targetOf(key: string, rows: readonly TraceRow[], active: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return active + 1;
    case 'ArrowUp':
      return active - 1;
    case 'PageDown':
      return active + 10;
    case 'PageUp':
      return active - 10;
    case 'Home':
      return 0;
    case 'End':
      return rows.length - 1;
    case 'ArrowRight':
      return active + 1;
    case 'ArrowLeft': {
      const depth = rows[active]?.depth ?? 0;
      const above = rows.slice(0, Math.max(active, 0)).findLastIndex((row) => row.depth < depth);
      return above === -1 ? 0 : above;
    }
    default:
      return null;
  }
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

function Line({
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
            {members.length > 1 ? <span className={styles.hidden}> together</span> : null}
            {members.some((member) => path.has(member)) ? (
              <span className={styles.hidden}>, on the critical path</span>
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

const share = (ms: number, axisMs: number): number => Math.min(100, Math.max(0, (ms / axisMs) * 100));

/** Round moments, 0 among them: at most six. */
export function timeTicks(axisMs: number): number[] {
  const power = 10 ** Math.floor(Math.log10(axisMs / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => axisMs / size <= 5) ?? axisMs;
  return Array.from({ length: Math.floor(axisMs / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}
