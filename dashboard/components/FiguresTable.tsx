import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { MetricName } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { quantities } from '@dyno/lab/format';
import { regressions } from '@dyno/lab/verdict';
import { goalsOf } from '../lib/goals.ts';
import { markedChange } from '../lib/words.ts';
import styles from './FiguresTable.module.css';
import { intervalWords } from './IntervalPlot.tsx';
import { VerdictChip } from './VerdictChip.tsx';

const groups: [string, MetricName[]][] = [
  ['Response time', ['latency.p50', 'latency.mean', 'latency.p95', 'latency.p99']],
  ['Page load in Chromium', ['browser.ttfb', 'browser.lcp']],
  ['Throughput', ['throughput']],
  ['CPU', ['cpu.perRequest', 'cpu.utilization']],
  ['Errors', ['errors.rate']],
];

/** Before, after, change, goal: response time, throughput, CPU and errors. */
export function FiguresTable({ report }: { report: Report }) {
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">Every metric before and after, its change, its goal</caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" className={styles.number}>
            <VariantLabel side="baseline" name={report.baseline.name} />
          </th>
          <th scope="col" className={styles.number}>
            <VariantLabel side="candidate" name={report.candidate.name} />
          </th>
          <th scope="col" className={styles.number}>
            Change
          </th>
          <th scope="col" className={styles.number}>
            Interval
          </th>
          <th scope="col">Goal</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      {groups.map(([title, names]) => {
        const metrics = names.flatMap((name) => report.metrics.find((metric) => metric.name === name) ?? []);
        return metrics.length === 0 ? null : (
          <tbody key={title}>
            <tr className={styles.group}>
              <th scope="rowgroup" colSpan={7}>
                {title}
              </th>
            </tr>
            {metrics.map((metric) => (
              <Row key={metric.name} metric={metric} report={report} />
            ))}
          </tbody>
        );
      })}
    </table>
  );
}

function Row({ metric, report }: { metric: MetricResult; report: Report }) {
  const [before, after] = quantities([metric.baseline.estimate, metric.candidate.estimate], metric.unit);
  const decides = metric.gated || regressions(report.metrics).includes(metric);
  const goals = goalsOf(report, metric.name);
  return (
    <tr id={`row-${metric.name}`}>
      <th scope="row" className={styles.name}>
        {metric.title}
      </th>
      <td className={styles.number} data-label={report.baseline.name}>
        {before}
      </td>
      <td className={styles.number} data-label={report.candidate.name}>
        {after}
      </td>
      <td className={`${styles.number} ${styles.change}`}>{markedChange(metric)}</td>
      <td className={`${styles.number} ${styles.interval}`}>{intervalWords(metric) || '–'}</td>
      <td className={styles.goals}>
        {goals.map(({ text, passed }) => (
          <span key={text} className={styles.goal} data-passed={passed}>
            <span aria-hidden="true">{passed ? '✓' : '✕'}</span> {text}
            <span className="visually-hidden">{passed ? ' met' : ' missed'}</span>
          </span>
        ))}
      </td>
      <td className={styles.verdict}>
        {decides ? (
          <VerdictChip verdict={metric.verdict} />
        ) : (
          <span className={styles.muted}>({metric.verdict})</span>
        )}
      </td>
    </tr>
  );
}
