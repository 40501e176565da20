import { place } from '@dyno/lab/format';
import type { ReactNode } from 'react';
import { accessOf } from '../lib/access.ts';
import { dateTime } from '../lib/dates.ts';
import type { Run } from '../lib/results.ts';
import { resumeCommand, stageWords } from '../lib/words.ts';
import { ResumeRun } from './ResumeRun.tsx';
import styles from './StateBanner.module.css';

/** What happened to a run that is not finished, and the way on. */
export function StateBanner({ run }: { run: Run }) {
  const { progress } = run;
  const where = progress
    ? ` ${place(progress, 'in ', 'of at most')} (${stageWords[progress.stage].toLowerCase()}), ${dateTime(progress.updatedAt)}`
    : '';
  switch (run.state) {
    case 'finished':
    case 'running':
      return null;
    case 'interrupted':
      return (
        <Banner title="This run was interrupted">
          Somebody stopped it{where}. What was measured is kept. <Resume id={run.id} />
        </Banner>
      );
    case 'crashed':
      return (
        <Banner title="This run crashed" severe>
          Its process (pid {progress?.pid}) is gone; the last word came{where}. Every round below is whole.{' '}
          <Resume id={run.id} />
        </Banner>
      );
    case 'failed':
      return (
        <Banner title="This run failed" severe>
          {progress?.message ? `${progress.message} ` : ''}It ended{where}.{' '}
          <Resume id={run.id} when="When the cause is mended, go on with" />
        </Banner>
      );
    case 'incomplete':
      return (
        <Banner title="This run has no report">
          It was planned, and nothing says how it ended. <Resume id={run.id} />
        </Banner>
      );
    case 'older':
      return (
        <Banner title="This run was made by an older version of Dyno">
          <code>dyno report --remake</code> cannot read it. Measure again, or open it with the version that
          made it; its files are below results/{run.id}/.
        </Banner>
      );
    case 'unreadable':
      return (
        <Banner title="This run cannot be read" severe>
          <ul className={styles.problems}>
            {run.problems.map((problem) => (
              <li key={`${problem.file} ${problem.message}`}>
                <code>{problem.file}</code> {problem.message}.
              </li>
            ))}
          </ul>
          What else it left is in its files. Measure again, or delete results/{run.id}/.
        </Banner>
      );
    default:
      return run.state satisfies never;
  }
}

async function Resume({ id, when = 'Go on with' }: { id: string; when?: string }) {
  const access = await accessOf();
  return (
    <>
      {when} <code className={styles.command}>{resumeCommand(id)}</code>
      {access === 'full' ? <ResumeRun id={id} /> : null}
    </>
  );
}

function Banner({
  title,
  severe = false,
  children,
}: {
  title: string;
  severe?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={styles.banner} data-severe={severe} role="status">
      <h2 className={styles.title}>{title}</h2>
      <div className={styles.message}>{children}</div>
    </div>
  );
}
