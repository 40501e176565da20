'use client';

import { milliseconds } from '@dyno/lab/format';
import { type ReactNode, useMemo, useState } from 'react';
import { type PackedTrace, spanParts, unpackTrace } from '../lib/trace.ts';
import type { Side } from '../lib/tracePair.ts';
import { colourOfPart, partWords } from './partColours.ts';
import styles from './TracePair.module.css';
import { Waterfall } from './Waterfall.tsx';

/** How a reader has set up the waterfalls; in the address, what is as usual left out. */
export interface TraceState {
  isFitted: boolean;
  isUnfolded: boolean;
}

interface Shown {
  side: Side;
  name: string;
  head: ReactNode;
  packed: PackedTrace;
}

/** One waterfall, or two under each other on the same time axis. */
export function TracePair({ shown, first, usual }: { shown: Shown[]; first: TraceState; usual: TraceState }) {
  const [state, setState] = useState(first);
  const traces = useMemo(() => shown.map(({ packed }) => unpackTrace(packed)), [shown]);
  const longestMs = Math.max(...traces.map(({ durationMs }) => durationMs), 1e-3);
  const change = (next: TraceState) => {
    setState(next);
    const query = new URLSearchParams(location.search);
    for (const key of ['axis', 'spans']) query.delete(key);
    if (next.isFitted !== usual.isFitted) query.set('axis', next.isFitted ? 'fit' : 'same');
    if (next.isUnfolded !== usual.isUnfolded) query.set('spans', 'all');
    history.replaceState(
      null,
      '',
      `${location.pathname}${query.size > 0 ? `?${query}` : ''}${location.hash}`,
    );
  };
  return (
    <div className={styles.pair}>
      <div className={styles.tools}>
        {traces.length > 1 ? (
          <Choice
            label="Time axis"
            options={['Same axis', 'Fit each']}
            chosen={state.isFitted ? 1 : 0}
            onChoose={(index) => change({ ...state, isFitted: index === 1 })}
          />
        ) : null}
        <Choice
          label="Equal spans"
          options={['Folded', 'Every span']}
          chosen={state.isUnfolded ? 1 : 0}
          onChoose={(index) => change({ ...state, isUnfolded: index === 1 })}
        />
        <p className={styles.hint}>
          <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>→</kbd> opens, <kbd>Enter</kbd> tells more. The line under a
          bar is what the end of the request waited for.
        </p>
      </div>
      {traces.map((trace, index) => {
        const of = shown[index];
        if (!of) return null;
        const axisMs = state.isFitted ? Math.max(trace.durationMs, 1e-3) : longestMs;
        const times = longestMs / Math.max(trace.durationMs, 1e-3);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same trace may stand on both sides
          <section key={index} className={styles.card} aria-label={of.name}>
            <header className={styles.head}>
              {of.head}
              <Legend
                side={of.side}
                parts={spanParts.filter((part) => trace.spans.some((span) => span.part === part))}
              />
            </header>
            {state.isFitted && times > 1.05 ? (
              <p className={styles.magnified}>
                Own axis of {milliseconds(trace.durationMs)}, magnified ×
                {times >= 10 ? Math.round(times) : times.toFixed(1)}
              </p>
            ) : null}
            <Waterfall
              trace={trace}
              side={of.side}
              axisMs={axisMs}
              isUnfolded={state.isUnfolded}
              label={`Spans of ${of.name}`}
            />
          </section>
        );
      })}
    </div>
  );
}

function Legend({ side, parts }: { side: Side; parts: (typeof spanParts)[number][] }) {
  return (
    <ul className={styles.legend} aria-label="Parts">
      {parts.map((part) => (
        <li key={part}>
          <i style={{ background: colourOfPart(side, part), borderColor: `var(--${side})` }} />
          {partWords[part]}
        </li>
      ))}
    </ul>
  );
}

function Choice({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string;
  options: string[];
  chosen: number;
  onChoose: (index: number) => void;
}) {
  return (
    <fieldset className={styles.choice}>
      <legend>{label}</legend>
      {options.map((option, index) => (
        <button key={option} type="button" aria-pressed={index === chosen} onClick={() => onChoose(index)}>
          {option}
        </button>
      ))}
    </fieldset>
  );
}
