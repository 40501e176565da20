import Link from 'next/link';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';
import { tabsOf } from '../lib/runTabs.ts';
import { stateWords } from '../lib/words.ts';
import styles from './RunBar.module.css';
import { RunTabs } from './RunTabs.tsx';
import { VerdictChip } from './VerdictChip.tsx';

/** What stays in sight on every page of a run: which run, what came out, and its pages. */
export function RunBar({ run, names }: { run: Run; names: Names | null }) {
  const experiment = run.report?.experiment ?? run.plan?.experiment.name ?? null;
  return (
    <div className={styles.bar}>
      <div className={styles.inner}>
        <nav className={styles.crumbs} aria-label="Where you are">
          <Link href="/" prefetch={false}>
            Runs
          </Link>
          <span aria-hidden="true">/</span>
          {experiment ? (
            <>
              <Link href={`/experiments/${experiment}`} prefetch={false}>
                {experiment}
              </Link>
              <span aria-hidden="true">/</span>
            </>
          ) : null}
          <span className={styles.id}>{run.id}</span>
        </nav>
        <p className={styles.state}>
          {names ? (
            <span className={styles.names}>
              {names.baseline} → {names.candidate}
            </span>
          ) : null}
          {run.report ? (
            <VerdictChip verdict={run.report.verdict} />
          ) : (
            <span className={styles.word}>{stateWords[run.state]}</span>
          )}
        </p>
        <RunTabs id={run.id} tabs={tabsOf(run)} />
      </div>
    </div>
  );
}
