'use client';

import { type KeyboardEvent, type MouseEvent, useMemo, useState } from 'react';
import { rowsOf, type Trace, type TraceRow } from '../lib/trace.ts';

export interface SpanTree {
  rows: TraceRow[];
  /** Of the row that has the mark; -1 before there is one. */
  active: number;
  /** Whether more is told about it. */
  isTold: boolean;
  close(): void;
  onKeyDown(event: KeyboardEvent): void;
  onClick(event: MouseEvent): void;
}

/** What of a trace is open, and which row the keyboard is on. `show` brings a row into sight. */
export function useSpanTree(
  trace: Trace,
  isUnfolded: boolean,
  show: (index: number, count: number) => void,
): SpanTree {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const [isTold, setTold] = useState(false);
  const rows = useMemo(() => rowsOf(trace, { isUnfolded, toggled }), [trace, isUnfolded, toggled]);
  const active = rows.findIndex(({ key }) => key === activeKey);

  const toggle = ({ key }: TraceRow) => {
    setActiveKey(key);
    setToggled(
      (before) => new Set(before.has(key) ? [...before].filter((one) => one !== key) : [...before, key]),
    );
  };
  const tell = ({ key }: TraceRow) => {
    setActiveKey(key);
    setTold(!(isTold && activeKey === key));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const row = rows[Math.max(active, 0)];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    if (key === 'Enter' || key === ' ') tell(row);
    else if (key === 'Escape' && isTold) setTold(false);
    else if ((key === 'ArrowRight' && row.isOpen === false) || (key === 'ArrowLeft' && row.isOpen))
      toggle(row);
    else {
      const target = targetOf(key, rows, active);
      if (target === null) return;
      const index = Math.min(Math.max(target, 0), rows.length - 1);
      setActiveKey(rows[index]?.key ?? null);
      show(index, rows.length);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = ({ target }: MouseEvent) => {
    if (!(target instanceof Element)) return;
    const row = rows[Number(target.closest('tr')?.ariaRowIndex) - 1];
    if (!row) return;
    if (target.closest('[data-opens]')) toggle(row);
    else tell(row);
  };
  return { rows, active, isTold: isTold && active !== -1, close: () => setTold(false), onKeyDown, onClick };
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
