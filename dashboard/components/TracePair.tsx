'use client';

import { milliseconds } from '@dyno/lab/format';
import { type PointerEvent, type ReactNode, useMemo, useState } from 'react';
import { type PackedTrace, spanParts, unpackTrace } from '../lib/trace.ts';
import type { Side } from '../lib/tracePair.ts';
import type { TraceState } from '../lib/traceQuery.ts';
import { colourOfPart, partWords } from './partColours.ts';
import styles from './TracePair.module.css';
import { Waterfall } from './Waterfall.tsx';

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
    <div className={styles.pair} onPointerMove={pointAt} onPointerLeave={pointAt}>
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
          <section key={index} className={styles.card} aria-label={of.name} data-axis-ms={axisMs}>
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

/**
 * A hair through the lines at the moment under the pointer, in both waterfalls where they share the axis. Without React: it moves
 * with every frame, and thousands of lines need not be asked again.
 */
function pointAt({ currentTarget, target, clientX, type }: PointerEvent<HTMLElement>): void {
  const pointed = target instanceof Element ? target.closest<HTMLElement>('[data-axis-ms]') : null;
  const lane = pointed?.querySelector('[data-lane]')?.getBoundingClientRect();
  const at = lane ? (clientX - lane.left) / lane.width : -1;
  for (const card of currentTarget.querySelectorAll<HTMLElement>('[data-axis-ms]')) {
    const isOnAxis = card.dataset.axisMs === pointed?.dataset.axisMs;
    const isShown = type === 'pointermove' && isOnAxis && at >= 0 && at <= 1;
    card.toggleAttribute('data-pointed', isShown);
    if (!isShown) continue;
    card.style.setProperty('--at', String(at));
    const moment = card.querySelector('[data-moment]');
    if (moment) moment.textContent = milliseconds(at * Number(card.dataset.axisMs));
  }
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
      <legend className="visually-hidden">{label}</legend>
      {options.map((option, index) => (
        <button key={option} type="button" aria-pressed={index === chosen} onClick={() => onChoose(index)}>
          {option}
        </button>
      ))}
    </fieldset>
  );
}
