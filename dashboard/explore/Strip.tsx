'use client';

import type { Side } from '@dyno/charts/series';
import { digits } from '@dyno/lab/format';
import type { Place } from './axes.ts';
import styles from './ChartFrame.module.css';

export interface StripOfBars {
  name: string;
  bars: { side: Side; from: number; to: number; value: number }[];
}

/** A low panel of bars below a chart over time: what should be empty. */
export function Strip({
  name,
  bars,
  place,
  domain: [from, to],
}: StripOfBars & { place: Place; domain: readonly [number, number] }) {
  const most = bars.reduce((highest, { value }) => Math.max(highest, value), 0) || 1;
  const share = (x: number): number => Math.min(1, Math.max(0, (x - from) / (to - from)));
  return (
    <div className={styles.strip} style={place}>
      <span className={styles.stripName}>{name}</span>
      <span className={styles.stripMost}>{digits(most)}/s</span>
      <svg
        width="100%"
        height={place.height}
        viewBox="0 0 1000 100"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <title>{name}</title>
        {bars
          .filter((bar) => bar.to > from && bar.from < to)
          .map((bar) => (
            <rect
              key={`${bar.side}${bar.from}`}
              x={share(bar.from) * 1000}
              width={Math.max(1, (share(bar.to) - share(bar.from)) * 1000)}
              y={100 - (bar.value / most) * 100}
              height={(bar.value / most) * 100}
              fill={`var(--${bar.side})`}
            />
          ))}
        <line
          x1="0"
          x2="1000"
          y1="100"
          y2="100"
          stroke="var(--line-strong)"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </div>
  );
}
