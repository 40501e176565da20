import type { Guard } from '@dyno/contracts/report';
import { guardMarks, guardSummary } from '@dyno/lab/words';
import styles from './Guards.module.css';

/** May this run count at all? The strip says how many guards passed; the list, each with its reason and what to do. */
export function Guards({ guards }: { guards: Guard[] }) {
  const of = (status: Guard['status']) => guards.filter((guard) => guard.status === status);
  const [passed, warned, failed] = [of('pass'), of('warn'), of('fail')];
  return (
    <details
      className={styles.guards}
      id="guards"
      open={failed.length > 0}
      data-status={failed[0]?.status ?? warned[0]?.status ?? 'pass'}
    >
      <summary>
        <strong>Guards: {guardSummary(guards)}</strong>
        {[...failed, ...warned].slice(0, 2).map((guard) => (
          <span key={guard.name} className={styles.guardHint}>
            {guard.name}: {guard.detail}
          </span>
        ))}
      </summary>
      <ul className={styles.guardList}>
        {[...failed, ...warned, ...passed].map((guard) => (
          <li key={guard.name} data-status={guard.status}>
            <span className={styles.guardMark}>
              <span aria-hidden="true">{guardMarks[guard.status]}</span>
              <span className={styles.hidden}>{guard.status}</span>
            </span>
            <span className={styles.guardName}>{guard.name}</span>
            <span>
              {guard.detail}
              {guard.advice ? <span className={styles.advice}>{guard.advice}</span> : null}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
