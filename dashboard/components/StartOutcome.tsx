'use client';

import { JobStatus } from './JobStatus.tsx';
import styles from './start.module.css';
import type { Start } from './useStart.ts';

/** What came of pressing the button. */
export function StartOutcome({ start, goOn = true }: { start: Start; goOn?: boolean }) {
  const { job, problem, busy } = start;
  if (job) return <JobStatus key={job.id} first={job} goOn={goOn} />;
  if (busy)
    return (
      <div className={styles.note} role="alert">
        <p>{busy}</p>
        <p className={styles.buttons}>
          <button type="button" className={`${styles.button} ${styles.small}`} onClick={start.wait}>
            Start when it has ended
          </button>
        </p>
      </div>
    );
  return problem ? (
    <p className={styles.problem} role="alert">
      {problem}
    </p>
  ) : null;
}
