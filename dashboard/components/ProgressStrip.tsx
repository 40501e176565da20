import type { Progress } from '@dyno/contracts/run';
import { count, digits, duration, milliseconds, place } from '@dyno/lab/format';
import type { ReactNode } from 'react';
import { stageWords } from '../lib/words.ts';
import styles from './ProgressStrip.module.css';

type Seen = Pick<
  Progress,
  'stage' | 'round' | 'block' | 'blocksMax' | 'requestsPerSecond' | 'latencyMsP95' | 'secondsLeft'
>;

/** How far something under way is; `what` stands behind the stage, `of` before the last block. */
export function ProgressStrip({
  label,
  seen,
  what,
  of,
  message,
  children,
}: {
  label: string;
  seen: Seen;
  what: string;
  of: 'of' | 'of at most';
  message: string;
  children?: ReactNode;
}) {
  const { stage, block, blocksMax, round, secondsLeft, requestsPerSecond, latencyMsP95 } = seen;
  const done = blocksMax > 0 ? (Math.max(0, block - 1) / blocksMax) * 100 : 0;
  const figures = [
    ['Requests/s', requestsPerSecond === null ? '–' : digits(requestsPerSecond)],
    ['p95 so far', latencyMsP95 === null ? '–' : milliseconds(latencyMsP95)],
    ['Time left', secondsLeft === null ? '–' : `about ${duration(secondsLeft)}`],
  ];
  return (
    <section className={styles.strip} aria-label={label} data-live>
      <div className={styles.now}>
        <strong>
          <span className={styles.dot} aria-hidden="true" />
          {stageWords[stage]}
          {what ? ` ${what}` : ''}
        </strong>
        <span className={styles.block}>
          {place(seen, '', of)}
          {round > 0 ? `, round ${count(round)}` : ''}
        </span>
      </div>
      <dl className={styles.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.track} aria-hidden="true">
        <div className={styles.done} style={{ width: `${done}%` }} />
      </div>
      <p className={styles.message}>{message}</p>
      {children}
    </section>
  );
}
