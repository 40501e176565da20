'use client';

import type { StopTarget } from '@dyno/contracts/actions';
import styles from './start.module.css';
import { useStop } from './useStop.ts';

/** Like Ctrl-C: what is whole is kept, and the run can be gone on with. */
export function StopRun({ id }: { id: string }) {
  return <Stop what="run" target={{ runId: id }} />;
}

/** The same for an ablation. */
export function StopAblation({ id }: { id: string }) {
  return (
    <p className={styles.buttons}>
      <Stop what="ablation" target={{ ablationId: id }} />
    </p>
  );
}

function Stop({ what, target }: { what: 'run' | 'ablation'; target: StopTarget }) {
  const { said, isStopping, stop } = useStop(target);
  return (
    <>
      <button
        type="button"
        className={`${styles.button} ${styles.small}`}
        onClick={stop}
        disabled={isStopping}
        title={`Keeps every whole round; the ${what} can be gone on with`}
      >
        Stop the {what}
      </button>
      <span role="status">{said}</span>
    </>
  );
}
