import Link from 'next/link';
import { accessOf } from '../lib/access.ts';
import type { Run } from '../lib/results.ts';
import { StopRun } from './StopRun.tsx';
import styles from './start.module.css';

/** What can be done with a run from its page; going on with one that ended early stands in its banner. */
export async function RunActions({ run }: { run: Run }) {
  const access = await accessOf();
  if (access === 'only-reads') return null;
  return (
    <span className={styles.actions}>
      {run.state === 'running' && access === 'full' ? <StopRun id={run.id} /> : null}
      {run.plan ? (
        <Link href={`/new?repeat=${run.id}`} prefetch={false} className={`${styles.button} ${styles.small}`}>
          Repeat with changes
        </Link>
      ) : null}
    </span>
  );
}
