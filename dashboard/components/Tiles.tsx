import type { MetricResult, Report } from '@dyno/contracts/report';
import { beforeAfter } from '@dyno/lab/format';
import { goalsOf } from '../lib/goals.ts';
import { evidenceOf } from '../lib/sentence.ts';
import { isCertain, markedChange } from '../lib/words.ts';
import styles from './Tiles.module.css';

/** Four figures for whoever only glances; each leads to what it is made of. */
export function Tiles({ report }: { report: Report }) {
  const names = [...new Set([report.primary, 'latency.p95', 'throughput', 'cpu.perRequest', 'latency.mean'])];
  const metrics = names
    .flatMap((name) => report.metrics.find((metric) => metric.name === name) ?? [])
    .slice(0, 4);
  return (
    <ul className={styles.tiles} aria-label="Key figures">
      {metrics.map((metric) => (
        <li key={metric.name}>
          <Tile metric={metric} report={report} />
        </li>
      ))}
    </ul>
  );
}

function Tile({ metric, report }: { metric: MetricResult; report: Report }) {
  const [goal] = goalsOf(report, metric.name);
  return (
    <a href={evidenceOf(metric)} className={styles.tile}>
      <span className={styles.title}>{metric.title}</span>
      <span className={styles.change} data-certain={isCertain(metric)}>
        {markedChange(metric)}
      </span>
      <span className={styles.values}>
        {beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit)}
        {goal ? (
          <span className={styles.goal} data-passed={goal.passed}>
            {' '}
            goal {goal.text} {goal.passed ? '✓' : '✕'}
            <span className="visually-hidden">{goal.passed ? ' met' : ' missed'}</span>
          </span>
        ) : null}
      </span>
    </a>
  );
}
