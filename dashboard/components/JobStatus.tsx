'use client';

import type { JobView } from '@dyno/contracts/job';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { readJobView } from '../lib/postAction.ts';
import styles from './start.module.css';
import { useStop } from './useStop.ts';

const pauseMs = 1_000;

/** How a command fares that a page has started: until its run begins, where the page goes on to it, or until it ends. */
export function JobStatus({ first, goOn = true }: { first: JobView; goOn?: boolean }) {
  const router = useRouter();
  const job = useJob(first);
  const { state, runId, kind } = job;
  const hasRun = goOn && kind === 'run' && runId !== null && state !== 'failed';
  const hasEnded = isOver(job);
  // The page is that of what goes on.
  const goesOn = kind === 'resume' || kind === 'ablation';
  useEffect(() => {
    if (hasRun) router.push(`/runs/${runId}`);
    else if (hasEnded || (goesOn && state === 'measuring')) router.refresh();
  }, [router, hasRun, runId, hasEnded, goesOn, state]);
  if (goesOn && (state === 'measuring' || state === 'done')) return null;
  return (
    <div
      className={styles.note}
      data-tone={state === 'failed' ? 'bad' : 'plain'}
      role="status"
      data-state={state}
    >
      <p>
        <b>{titles[state]}</b> <code>{job.command}</code>
      </p>
      {state === 'failed' ? <pre className={styles.log}>{job.error}</pre> : <p>{detailOf(job)}</p>}
      {isOver(job) ? null : <StopJob id={job.id} />}
      {job.lines.length > 0 ? (
        <details>
          <summary>What it printed</summary>
          <pre className={styles.log}>{job.lines.join('\n')}</pre>
        </details>
      ) : null}
    </div>
  );
}

const titles: Readonly<Record<JobView['state'], string>> = {
  waiting: 'Waiting.',
  preparing: 'Preparing.',
  measuring: 'Measuring.',
  done: 'Done.',
  stopped: 'Stopped.',
  failed: 'It did not work.',
};

function detailOf({ state, kind, lines }: JobView): string {
  const last = lines.at(-1)?.trim() ?? '';
  switch (state) {
    case 'waiting':
      return `One measurement at a time: ${last}.`;
    case 'preparing':
      return last === '' ? 'The command is starting.' : last;
    case 'measuring':
      return 'Its run has begun.';
    case 'done':
      return kind === 'profile' ? 'The session is in the list.' : 'The run is finished.';
    case 'stopped':
      return 'Nothing of it goes on.';
    case 'failed':
      return '';
    default:
      return state satisfies never;
  }
}

const isOver = ({ state }: JobView): boolean => state === 'done' || state === 'stopped' || state === 'failed';

/** Asked for while the page is looked at. */
function useJob(first: JobView): JobView {
  const [job, setJob] = useState(first);
  const over = isOver(job);
  useEffect(() => {
    if (over) return;
    const timer = window.setInterval(async () => {
      if (document.hidden) return;
      const view = await readJobView(first.id);
      if (view) setJob(view);
    }, pauseMs);
    return () => window.clearInterval(timer);
  }, [first.id, over]);
  return job;
}

function StopJob({ id }: { id: string }) {
  const { said, isStopping, stop } = useStop({ jobId: id });
  return (
    <p className={styles.buttons}>
      <button
        type="button"
        className={`${styles.button} ${styles.small}`}
        onClick={stop}
        disabled={isStopping}
      >
        Stop it
      </button>
      <span role="status">{said}</span>
    </p>
  );
}
