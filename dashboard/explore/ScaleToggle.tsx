'use client';

import styles from './ChartFrame.module.css';
import { useView } from './View.tsx';

/** All latencies of a page are on the same scale. */
export function ScaleToggle() {
  const { state, set } = useView();
  const isLog = state.scale === 'log';
  return (
    <button
      type="button"
      className={styles.toggle}
      aria-pressed={!isLog}
      onClick={() => set({ ...state, scale: isLog ? 'linear' : 'log' })}
    >
      Linear scale
    </button>
  );
}

/** Bins, or the share that was answered within a time. */
export function AddUpToggle() {
  const { state, set } = useView();
  const isAdded = state.show.includes('ecdf');
  return (
    <button
      type="button"
      className={styles.toggle}
      aria-pressed={isAdded}
      onClick={() =>
        set({
          ...state,
          show: isAdded ? state.show.filter((part) => part !== 'ecdf') : [...state.show, 'ecdf'],
        })
      }
    >
      Add up
    </button>
  );
}
