import type { Report } from '@dyno/contracts/report';
import { findingsOf } from '../lib/findings.ts';
import type { ReadPair } from '../lib/keptTraces.ts';
import type { Side } from '../lib/tracePair.ts';
import styles from './Findings.module.css';

/** What the pictures below say, in sentences. */
export function Findings({
  report,
  pairs,
  names,
}: {
  report: Report | null;
  pairs: ReadPair[];
  names: Record<Side, string>;
}) {
  const findings = findingsOf(report, pairs, names);
  if (findings.length === 0) return null;
  return (
    <ul className={styles.findings} aria-label="What the evidence says">
      {findings.map((finding) => (
        <li key={finding}>{finding}</li>
      ))}
    </ul>
  );
}
