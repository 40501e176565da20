'use client';

import { StartOutcome } from './StartOutcome.tsx';
import styles from './start.module.css';
import { useStart } from './useStart.ts';

/** Goes on with a run that ended early, by its own plan. */
export function ResumeRun({ id }: { id: string }) {
  return <Resume label="Go on with this run" what={{ runId: id }} />;
}

/** The same for an ablation. */
export function ResumeAblation({ id }: { id: string }) {
  return <Resume label="Go on with this ablation" what={{ ablationId: id }} />;
}

function Resume({ label, what }: { label: string; what: { runId: string } | { ablationId: string } }) {
  const start = useStart('/actions/resume');
  const isUnderWay = start.job !== null && start.job.state !== 'failed';
  return (
    <>
      {isUnderWay ? null : (
        <p className={styles.buttons}>
          <button
            type="button"
            className={`${styles.primary} ${styles.small}`}
            disabled={start.isAsking}
            onClick={() => start.start(what)}
          >
            {label}
          </button>
        </p>
      )}
      <StartOutcome start={start} />
    </>
  );
}
