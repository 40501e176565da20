'use client';

import styles from './start.module.css';
import { useStop } from './useStop.ts';

/** Like Ctrl-C: what is whole is kept, and the run can be gone on with. */
export function StopRun({ id }: { id: string }) {
  const { said, isStopping, stop } = useStop({ runId: id });
  return (
    <>
      <button
        type="button"
        className={`${styles.button} ${styles.small}`}
        onClick={stop}
        disabled={isStopping}
        title="Keeps every whole round; the run can be gone on with"
      >
        Stop the run
      </button>
      <span role="status">{said}</span>
    </>
  );
}
