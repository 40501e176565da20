import type { OverallVerdict } from '@dyno/contracts/metrics';
import { verdictMarks } from '../lib/words.ts';
import styles from './VerdictChip.module.css';

export function VerdictChip({
  verdict,
  size = 'small',
}: {
  verdict: OverallVerdict;
  size?: 'small' | 'large';
}) {
  return (
    <span className={styles.chip} data-verdict={verdict} data-size={size}>
      <span aria-hidden="true" className={styles.mark}>
        {verdictMarks[verdict]}
      </span>
      {verdict}
    </span>
  );
}
