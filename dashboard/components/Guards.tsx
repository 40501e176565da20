import type { Guard, Report } from '@dyno/contracts/report';
import { percent } from '@dyno/lab/format';
import { guardSummary } from '@dyno/lab/words';
import Link from 'next/link';
import { guardMarks } from '../lib/words.ts';
import styles from './Guards.module.css';

/** May this run count at all? One line, which leads to the reasons. */
export function GuardStrip({ report }: { report: Report }) {
  const { guards, runId, metrics, primary } = report;
  const status = worstOf(guards);
  const notable = guards.filter((guard) => guard.status === status && status !== 'pass');
  const floor = metrics.find(({ name }) => name === primary)?.noiseFloor ?? null;
  return (
    <p className={styles.strip} data-status={status}>
      <Link href={`/runs/${runId}/method#guards`} prefetch={false} className={styles.guards}>
        <span aria-hidden="true" className={styles.mark}>
          {guardMarks[status]}
        </span>
        <strong>Guards: {guardSummary(guards)}</strong>
        {notable.length > 0 ? (
          <span className={styles.hint}>{notable.map(({ name }) => name).join(', ')}</span>
        ) : null}
      </Link>
      <Link href={`/runs/${runId}/method#method`} prefetch={false} className={styles.floor}>
        {floor === null ? 'Noise floor not known' : `Noise floor ${percent(floor)}`}
      </Link>
    </p>
  );
}

/** Each guard with its reason and what to do, the worst first. */
export function GuardList({ guards }: { guards: Guard[] }) {
  const of = (status: Guard['status']) => guards.filter((guard) => guard.status === status);
  return (
    <ul className={styles.list}>
      {[...of('fail'), ...of('warn'), ...of('pass')].map((guard) => (
        <li key={guard.name} data-status={guard.status}>
          <span className={styles.mark}>
            <span aria-hidden="true">{guardMarks[guard.status]}</span>
            <span className="visually-hidden">{guard.status}</span>
          </span>
          <span className={styles.name}>{guard.name}</span>
          <span>
            {guard.detail}
            {guard.advice ? <span className={styles.advice}>{guard.advice}</span> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

function worstOf(guards: readonly Guard[]): Guard['status'] {
  const has = (status: Guard['status']) => guards.some((guard) => guard.status === status);
  return has('fail') ? 'fail' : has('warn') ? 'warn' : 'pass';
}
