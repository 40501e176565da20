import Link from 'next/link';
import { Suspense } from 'react';
import { neighboursOf } from '../lib/experiments.ts';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';
import { tabsOf } from '../lib/runTabs.ts';
import { stateWords } from '../lib/words.ts';
import { Crumbs } from './Crumbs.tsx';
import { RunActions } from './RunActions.tsx';
import styles from './RunBar.module.css';
import { RunTabs } from './RunTabs.tsx';
import { VerdictChip } from './VerdictChip.tsx';

/** Where one is; below it, what stays in sight on every page of a run: its pages, and what came out. */
export function RunBar({ run, names }: { run: Run; names: Names | null }) {
  const experiment = run.report?.experiment ?? run.plan?.experiment.name ?? null;
  return (
    <>
      <section className={styles.place} aria-label="Place of this run">
        <Crumbs
          way={[
            ['Runs', '/'],
            ...(experiment ? [[experiment, `/experiments/${experiment}`] as [string, string]] : []),
          ]}
          here={run.id}
        />
        {experiment ? (
          <Suspense fallback={null}>
            <Neighbours id={run.id} experiment={experiment} />
          </Suspense>
        ) : null}
        <div className={styles.actions}>
          <RunActions run={run} />
        </div>
      </section>
      <section className={styles.bar} aria-label="This run">
        <div className={styles.inner}>
          <RunTabs id={run.id} tabs={tabsOf(run)} />
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
        </div>
      </section>
    </>
  );
}

/** The runs of the same experiment before and after this one. */
async function Neighbours({ id, experiment }: { id: string; experiment: string }) {
  const { older, newer } = await neighboursOf(id, experiment);
  if (!older && !newer) return null;
  return (
    <nav className={styles.neighbours} aria-label={`Other runs of ${experiment}`}>
      {older ? (
        <Link href={`/runs/${older}`} prefetch={false} title={older} aria-keyshortcuts="[">
          ‹ Older
        </Link>
      ) : null}
      {newer ? (
        <Link href={`/runs/${newer}`} prefetch={false} title={newer} aria-keyshortcuts="]">
          Newer ›
        </Link>
      ) : null}
    </nav>
  );
}
