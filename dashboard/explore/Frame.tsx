'use client';

import { type ReactNode, useState } from 'react';
import type { TooltipContentProps } from 'recharts';
import { VariantLabel } from '../components/VariantLabel.tsx';
import type { RoundBand } from '../lib/series.ts';
import styles from './explore.module.css';

export interface Names {
  baseline: string;
  candidate: string;
}

/** One chart with its legend and, in a fixed place above it, the values under the cross-hair: nothing floats over the data. */
export function Frame({
  names,
  hint,
  children,
}: {
  names: Names;
  hint: string;
  children: (readout: HTMLElement | null) => ReactNode;
}) {
  const [readout, setReadout] = useState<HTMLElement | null>(null);
  return (
    <div className={styles.frame}>
      <div className={styles.top}>
        <span className={styles.legend}>
          <VariantLabel side="baseline" name={names.baseline} />
          <VariantLabel side="candidate" name={names.candidate} />
        </span>
        <span className={styles.readout} ref={setReadout} role="status" data-hint={hint} />
      </div>
      {children(readout)}
    </div>
  );
}

export type ReadoutProps = TooltipContentProps<number, string>;

/** The content of the read-out line. */
export function Readout({ parts }: { parts: (string | null)[] }) {
  return <span className={styles.values}>{parts.filter(Boolean).join('   ')}</span>;
}

export const axisStyle = { fontSize: 12, fill: 'var(--ink-3)' } as const;
export const lineOf = {
  baseline: { stroke: 'var(--baseline)', strokeWidth: 2, strokeDasharray: '5 3' },
  candidate: { stroke: 'var(--candidate)', strokeWidth: 2.5 },
} as const;
export const sides = ['baseline', 'candidate'] as const;
/** Charts of one run share their rows, so a cross-hair at one index is right in all. */
export const syncId = 'run';
export const margin = { top: 8, right: 12, bottom: 4, left: 4 };
export const yWidth = 64;

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Round steps of time, at most about seven of them. */
export function clockTicks(bands: RoundBand[]): number[] {
  const end = bands.at(-1)?.toSeconds ?? 0;
  const step = [10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((size) => end / size <= 8) ?? 7200;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

export function bandAt(bands: RoundBand[], x: number): RoundBand | undefined {
  return bands.find((band) => x >= band.fromSeconds && x <= band.toSeconds);
}

export function moment(bands: RoundBand[], x: number): string {
  const band = bandAt(bands, x);
  return band
    ? `${clock(x)}  block ${band.block}${x < band.windowSeconds ? ', warm-up' : ''}${band.excluded ? ', excluded' : ''}`
    : clock(x);
}
