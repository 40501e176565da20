'use client';

import { type RefObject, useEffect, useState } from 'react';

/** Below this all rows are in the page: it can be read without scripts, searched and printed. */
const allUpTo = 150;
/** Rows beyond both edges of the window, so that scrolling finds them drawn. */
const beyond = 25;
/** Room for what sticks to the edges of the window, and a line or two. */
const topPx = 120;
const bottomPx = 80;

export interface VisibleRows {
  first: number;
  /** Not among them. */
  end: number;
}

/** Which rows of equal height are in the window. */
export function useVisibleRows(body: RefObject<HTMLElement | null>, count: number): VisibleRows {
  const [range, setRange] = useState({ first: 0, end: Math.min(count, allUpTo) });
  const isWhole = count <= allUpTo;
  useEffect(() => {
    if (isWhole) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const box = body.current?.getBoundingClientRect();
      if (!box) return;
      const rowPx = box.height / count;
      const first = Math.max(0, Math.floor(-box.top / rowPx) - beyond);
      const end = Math.min(count, Math.ceil((innerHeight - box.top) / rowPx) + beyond);
      setRange((before) => {
        // A few rows more or less are not worth drawing again.
        const isNear = Math.abs(before.first - first) < beyond / 2 && Math.abs(before.end - end) < beyond / 2;
        return isNear ? before : { first: Math.min(first, count), end: Math.max(end, 0) };
      });
    };
    const soon = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
    };
  }, [body, count, isWhole]);
  const { first, end } = isWhole ? { first: 0, end: count } : range;
  return { first: Math.min(first, count), end: Math.min(end, count) };
}

/** Scrolls as little as it takes to see one of `count` rows; what is at the bottom of the window covers `coveredPx`. */
export function showRow(
  body: HTMLElement,
  { index, count, coveredPx }: { index: number; count: number; coveredPx: number },
): void {
  const box = body.getBoundingClientRect();
  const rowPx = box.height / count;
  const top = box.top + index * rowPx;
  const below = top + rowPx - (innerHeight - coveredPx - bottomPx);
  if (top < topPx) scrollBy({ top: top - topPx, behavior: 'instant' });
  else if (below > 0) scrollBy({ top: below, behavior: 'instant' });
}
