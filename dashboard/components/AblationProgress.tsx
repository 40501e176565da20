'use client';

import type { Progress } from '@dyno/contracts/run';
import { count, digits, duration, milliseconds } from '@dyno/lab/format';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { stageWords } from '../lib/words.ts';
import styles from './Live.module.css';

/** The page is watched on the machine that is measured, and an ablation takes minutes: it asks seldom, and not while hidden. */
const againMs = 5_000;

/** How far an ablation is, its variant in words; the page asks again by itself, until its answer is there. */
export function AblationProgress({ progress }: { progress: Progress }) {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) router.refresh();
    }, againMs);
    return () => clearInterval(timer);
  }, [router]);
  const { stage, variant, block, blocksMax, round, secondsLeft, requestsPerSecond, latencyMsP95 } = progress;
  const done = blocksMax > 0 ? (Math.max(0, block - 1) / blocksMax) * 100 : 0;
  const figures = [
    ['Requests/s', requestsPerSecond === null ? '–' : digits(requestsPerSecond)],
    ['p95 so far', latencyMsP95 === null ? '–' : milliseconds(latencyMsP95)],
    ['Time left', secondsLeft === null ? '–' : `about ${duration(secondsLeft)}`],
  ];
  return (
    <section className={styles.strip} aria-label="Progress of the ablation" data-live>
      <div className={styles.now}>
        <span className={styles.dot} aria-hidden="true" />
        <strong>
          {stageWords[stage]}
          {variant ? ` with ${variant}` : ''}
        </strong>
        <span className={styles.block}>
          {block > 0 ? `block ${count(block)} of ${count(blocksMax)}` : 'before the first block'}
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
      <p className={styles.message}>Nothing is judged before the end.</p>
    </section>
  );
}
