'use client';

import type { OverTime, Side } from '@dyno/charts/series';
import { clock } from '@dyno/charts/time';
import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { shownSides, type ViewState } from '../lib/viewState.ts';
import styles from './ChartFrame.module.css';
import { Crosshair } from './crosshair.ts';
import { useShown, useView } from './View.tsx';

type Part = readonly [number, number];

interface TimeAxis {
  crosshair: Crosshair;
  /** What of the run is shown, in seconds. */
  part: Part;
  shown: readonly Side[];
  scale: 'log' | 'linear';
  /** The server has drawn just that. */
  isServed: boolean;
  data: OverTime | null;
  /** A chart is near: the figures are needed. */
  want(): void;
  zoom(part: Part | null): void;
  /** The figures, once they are there. */
  loaded(): Promise<OverTime | null>;
}

const Context = createContext<TimeAxis | null>(null);

export function useTimeAxis(): TimeAxis {
  const axis = use(Context);
  if (!axis) throw new Error('A chart over time stands outside of its time axis.');
  return axis;
}

/** The time axis that the charts of a run share: cross-hair, zoom, and the figures, which are asked for when one of them is near. */
export function TimeAxisProvider({
  version,
  endSeconds,
  blocks,
  children,
}: {
  /** Changes when there is more to draw. */
  version: string;
  endSeconds: number;
  blocks: { block: number; part: Part }[];
  children: ReactNode;
}) {
  const { runId, state, given, set } = useView();
  const { scale } = state;
  const shown = useShown();
  const isServed = looksOf(state) === looksOf(given);
  const [crosshair] = useState(() => new Crosshair());
  const [wanted, setWanted] = useState(false);
  const chosen = state.t ?? blocks.find(({ block }) => block === state.block)?.part;
  const [from, to] = chosen ?? [0, endSeconds];
  const isWhole = chosen === undefined;
  const { data, load } = useSeries(runId, version, wanted, isWhole ? null : `${from}-${to}`);
  const want = useCallback(() => setWanted(true), []);
  const zoom = useCallback(
    (part: Part | null) => set({ ...state, block: null, t: part && within(part, endSeconds) }),
    [state, set, endSeconds],
  );
  const part = useMemo((): Part => [from, to], [from, to]);
  const axis = useMemo(
    (): TimeAxis => ({ crosshair, part, shown, scale, isServed, data, want, zoom, loaded: load }),
    [crosshair, part, shown, scale, isServed, data, want, zoom, load],
  );
  return (
    // The bar says at once what was chosen; the charts follow.
    <Context value={useDeferredValue(axis)}>
      <div className={styles.zoom}>
        <span role="status">
          {isWhole ? `All of the run, 0:00 to ${clock(endSeconds)}` : `${clock(from)} to ${clock(to)}`}
        </span>
        {isWhole ? (
          <span className={styles.quiet}>Drag in a chart to look closer</span>
        ) : (
          <button type="button" className={styles.toggle} onClick={() => zoom(null)}>
            Show all (Esc)
          </button>
        )}
        {blocks.length > 1 ? (
          <label className={styles.pick}>
            Block
            <select
              value={state.block ?? ''}
              onChange={(event) =>
                set({
                  ...state,
                  t: null,
                  block: event.target.value === '' ? null : Number(event.target.value),
                })
              }
            >
              <option value="">all</option>
              {blocks.map(({ block }) => (
                <option key={block} value={block}>
                  {block}
                </option>
              ))}
            </select>
          </label>
        ) : null}
      </div>
      {children}
    </Context>
  );
}

const looksOf = (state: ViewState): string =>
  JSON.stringify([state.t, state.block, state.scale, shownSides(state)]);

/** Inside the run, at least three seconds, and short enough for an address; all of it is no zoom. */
function within([from, to]: Part, endSeconds: number): Part | null {
  const middle = (from + to) / 2;
  const half = Math.max(1.5, (to - from) / 2);
  const rounded = (seconds: number) => Number(seconds.toFixed(1));
  const part = [rounded(Math.max(0, middle - half)), rounded(Math.min(endSeconds, middle + half))] as const;
  return part[0] <= 0 && part[1] >= rounded(endSeconds) ? null : part;
}

/** The whole run once, and finer figures of a part where the run is too long for all of them. */
function useSeries(runId: string, version: string, wanted: boolean, part: string | null) {
  const known = useRef(new Map<string, Promise<OverTime | null>>());
  const [data, setData] = useState<OverTime | null>(null);
  const ask = useCallback(
    (asked: string | null): Promise<OverTime | null> => {
      const address = `/runs/${runId}/series?v=${version}${asked === null ? '' : `&t=${asked}`}`;
      const found = known.current.get(address);
      if (found) return found;
      const answer = fetch(address).then((response) =>
        response.ok ? (response.json() as Promise<OverTime | null>) : null,
      );
      known.current.set(address, answer);
      answer.catch(() => known.current.delete(address));
      return answer;
    },
    [runId, version],
  );
  const load = useCallback(async (): Promise<OverTime | null> => {
    const whole = await ask(null);
    return part !== null && whole && whole.bucketSeconds > 1 ? ((await ask(part)) ?? whole) : whole;
  }, [ask, part]);
  useEffect(() => {
    if (!wanted) return;
    let isLeft = false;
    const show = (found: OverTime | null) => {
      if (!isLeft && found) setData(found);
    };
    // What is known already is drawn first, and finer figures take its place.
    ask(null)
      .then(show)
      .then(load)
      .then(show)
      .catch(() => {});
    return () => {
      isLeft = true;
    };
  }, [wanted, ask, load]);
  return { data, load };
}
