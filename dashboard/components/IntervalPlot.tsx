import { IntervalAxis, IntervalLane } from '@dyno/charts/IntervalLane';
import { type Axis, differenceAxis, ratioAxis } from '@dyno/charts/scale';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { beforeAfter, change, changeInterval, points, pointsInterval } from '@dyno/lab/format';
import { regressions } from '@dyno/lab/verdict';
import { floorInterval, isBelowNoiseFloor, markedChange } from '../lib/words.ts';
import styles from './IntervalPlot.module.css';
import { VerdictChip } from './VerdictChip.tsx';

/** The metrics that decide: each change with its interval, drawn and written, and its verdict. */
export function IntervalPlot({ report }: { report: Report }) {
  // Also what is not gated and has turned the verdict.
  const worse = regressions(report.metrics);
  const deciding = report.metrics
    .filter((metric) => metric.gated || worse.includes(metric))
    .sort((a, b) => Number(b.name === report.primary) - Number(a.name === report.primary));
  const axes = { ratios: ratioAxis(deciding, report.margin), differences: differenceAxis(deciding) };
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">
        The metrics that decide, each with the interval of its change from {report.baseline.name} to{' '}
        {report.candidate.name}
      </caption>
      <thead>
        <tr>
          <th scope="col" className={styles.nameHead}>
            Metric
          </th>
          <th scope="col" className={styles.lane}>
            <span className="visually-hidden">Interval of the change, drawn on a logarithmic axis</span>
            <IntervalAxis axis={axes.ratios} />
          </th>
          <th scope="col" className={styles.number}>
            {report.baseline.name} → {report.candidate.name}
          </th>
          <th scope="col" className={styles.number}>
            Change
          </th>
          <th scope="col" className={styles.verdictHead}>
            Verdict
          </th>
        </tr>
      </thead>
      <tbody>
        {deciding.map((metric) => (
          <Row key={metric.name} metric={metric} report={report} axes={axes} />
        ))}
      </tbody>
    </table>
  );
}

function Row({
  metric,
  report,
  axes,
}: {
  metric: MetricResult;
  report: Report;
  axes: { ratios: Axis; differences: Axis };
}) {
  return (
    <tr data-metric={metric.name}>
      <th scope="row" className={styles.name}>
        {metric.title}
        <small>{metric.better} is better</small>
      </th>
      <td className={styles.lane}>
        <Lane metric={metric} report={report} axes={axes} />
      </td>
      <td className={`${styles.number} ${styles.figures}`}>
        {beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit)}
      </td>
      <td className={`${styles.number} ${styles.change}`}>
        <strong>{markedChange(metric)}</strong>
        <small>
          {intervalWords(metric)}
          {isBelowNoiseFloor(metric) ? <span className={styles.below}>below the noise floor</span> : null}
        </small>
      </td>
      <td className={styles.verdict}>
        <VerdictChip verdict={metric.verdict} />
      </td>
    </tr>
  );
}

function Lane({
  metric: { title, ratio, difference, noiseFloor },
  report: { margin },
  axes,
}: {
  metric: MetricResult;
  report: Report;
  axes: { ratios: Axis; differences: Axis };
}) {
  if (ratio)
    return (
      <IntervalLane
        axis={axes.ratios}
        interval={{ ...ratio, low: Math.max(ratio.low, 1e-6) }}
        none={1}
        margin={{ low: 1 / (1 + margin), high: 1 + margin }}
        floor={floorInterval(noiseFloor)}
        label={`${title}: ${change(ratio.estimate)}, interval ${changeInterval(ratio.low, ratio.high)}`}
      />
    );
  if (!difference) return <span className={styles.muted}>no interval</span>;
  return (
    <div className={styles.strip}>
      <IntervalLane
        axis={axes.differences}
        interval={difference}
        none={0}
        margin={null}
        label={`${title}: difference ${points(difference.estimate)}, interval ${pointsInterval(difference.low, difference.high)}`}
      />
    </div>
  );
}

/** The interval of the change in words; empty where there is none. */
export function intervalWords({ ratio, difference }: MetricResult): string {
  if (ratio) return changeInterval(Math.max(ratio.low, 1e-6), ratio.high);
  return difference ? pointsInterval(difference.low, difference.high) : '';
}
