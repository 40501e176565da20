'use client';

import type { Mark } from '@dyno/charts/plot';
import { type KeyboardEvent, type PointerEvent, useRef, useSyncExternalStore } from 'react';
import { createPortal } from 'react-dom';
import styles from './ChartFrame.module.css';
import { useReadout } from './ChartFrame.tsx';
import { type Crosshair, nearest } from './crosshair.ts';

interface PointerProps {
  crosshair: Crosshair;
  /** Places where something was measured, in order, in units of the axis. */
  places: readonly number[];
  domain: readonly [number, number];
  /** Of the chart, for those who cannot see it. */
  label: string;
  /** What is read at a place. */
  readAt: (index: number) => string;
  /** What the chart says while nobody points at it. */
  hint: string;
  /** Points on the lines there. */
  marksAt: (index: number) => Mark[];
  /** Where the cross-hair stands when nobody points. */
  rest?: number | null;
  onZoom?: (part: readonly [number, number]) => void;
  onPin?: (x: number) => void;
}

/** Fewer pixels are a click that shook. */
const dragMin = 6;

/** Lies over a drawing and leaves it as it is: the pointer moves the cross-hair, a drag zooms, and the arrow keys do the same. */
export function Pointer(props: PointerProps) {
  const { crosshair, places, domain, label, readAt, hint, marksAt, rest = null, onZoom, onPin } = props;
  const box = useRef<HTMLDivElement>(null);
  const pressedAt = useRef<number | null>(null);
  const pointed = useSyncExternalStore(crosshair.subscribe, crosshair.get, crosshair.get);
  const readout = useReadout();
  const at = pointed.x ?? rest;
  const index = at === null || at < domain[0] || at > domain[1] ? -1 : nearest(places, at);
  const place = places[index];
  const text = place === undefined ? null : readAt(index);

  const xOf = (event: PointerEvent): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return domain[0] + share * (domain[1] - domain[0]);
  };
  const isDrag = (from: number, to: number): boolean =>
    (Math.abs(to - from) / (domain[1] - domain[0])) * (box.current?.clientWidth ?? 0) >= dragMin;

  const onPointerMove = (event: PointerEvent) => {
    const x = xOf(event);
    const from = pressedAt.current;
    crosshair.point(x, from !== null && isDrag(from, x) ? from : null);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    pressedAt.current = xOf(event);
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerUp = (event: PointerEvent) => {
    const from = pressedAt.current;
    const x = xOf(event);
    pressedAt.current = null;
    crosshair.point(x);
    if (from === null) return;
    if (onZoom && isDrag(from, x)) onZoom([Math.min(from, x), Math.max(from, x)]);
    else onPin?.(places[nearest(places, x)] ?? x);
  };
  const stop = () => {
    pressedAt.current = null;
    crosshair.point(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && pressedAt.current !== null) {
      event.preventDefault();
      return stop();
    }
    if (onZoom && ['+', '=', '-'].includes(event.key) && place !== undefined) {
      const half = ((domain[1] - domain[0]) / 2) * (event.key === '-' ? 2 : 0.5);
      return onZoom([place - half, place + half]);
    }
    if (onPin && (event.key === 'Enter' || event.key === ' ') && place !== undefined) {
      event.preventDefault();
      return onPin(place);
    }
    const step = steps.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    const start = index === -1 ? (step > 0 ? -1 : places.length) : index;
    const next = Math.min(places.length - 1, Math.max(0, start + step * (event.shiftKey ? 10 : 1)));
    crosshair.point(places[next] ?? null);
  };

  return (
    <>
      <div
        ref={box}
        className={styles.pointer}
        role="slider"
        tabIndex={0}
        aria-label={`Cross-hair: ${label}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, places.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={text ?? hint}
        onPointerMove={onPointerMove}
        onPointerDown={onPointerDown}
        onPointerUp={onPointerUp}
        onPointerLeave={() => pressedAt.current === null && crosshair.point(null)}
        onPointerCancel={stop}
        onBlur={stop}
        onKeyDown={onKeyDown}
      >
        {pointed.from !== null && at !== null ? (
          <i className={styles.marked} data-marked style={spanOf(pointed.from, at, domain)} />
        ) : null}
        {place === undefined ? null : (
          <i className={styles.line} data-crosshair style={{ left: shareOf(place, domain) }} />
        )}
        {place === undefined
          ? null
          : marksAt(index).map(({ side, y }) => (
              <i
                key={side}
                className={styles.mark}
                data-side={side}
                style={{ left: shareOf(place, domain), top: y }}
              />
            ))}
      </div>
      {readout
        ? createPortal(
            <span className={text === null ? styles.hint : styles.values}>{text ?? hint}</span>,
            readout,
          )
        : null}
    </>
  );
}

const steps: ReadonlyMap<string, number> = new Map([
  ['ArrowLeft', -1],
  ['ArrowDown', -1],
  ['ArrowRight', 1],
  ['ArrowUp', 1],
  ['PageDown', -10],
  ['PageUp', 10],
  ['Home', -1e9],
  ['End', 1e9],
]);

const shareOf = (x: number, [from, to]: readonly [number, number]): string =>
  `${((x - from) / (to - from)) * 100}%`;

function spanOf(a: number, b: number, [from, to]: readonly [number, number]) {
  const left = Math.max(from, Math.min(a, b));
  const right = Math.min(to, Math.max(a, b));
  return { left: shareOf(left, [from, to]), width: `${((right - left) / (to - from)) * 100}%` };
}
