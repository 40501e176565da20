'use client';

import { VariantLabel } from '@dyno/charts/VariantLabel';
import { type ReactNode, useState } from 'react';
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
export const margin = { top: 8, right: 12, bottom: 4, left: 4 };
export const activeDot = { r: 4, stroke: 'var(--card)' };
export const yAxisStyle = { tick: axisStyle, width: 64, axisLine: false, tickLine: false } as const;
