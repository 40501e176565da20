'use client';

import { StartOutcome } from './StartOutcome.tsx';
import styles from './start.module.css';
import { useStart } from './useStart.ts';

/** Goes on with a run that ended early, by its own plan. */
export function ResumeRun({ id }: { id: string }) {
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
            onClick={() => start.start({ runId: id })}
          >
            Go on with this run
          </button>
        </p>
      )}
      <StartOutcome start={start} />
    </>
  );
}
