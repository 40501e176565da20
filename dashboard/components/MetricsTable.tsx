import { IntervalAxis, IntervalLane } from '@dyno/charts/IntervalLane';
import { differenceAxis, ratioAxis } from '@dyno/charts/scale';
import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { change, changeInterval, points, pointsInterval, quantities } from '@dyno/lab/format';
import { regressions } from '@dyno/lab/verdict';
import { floorInterval, isBelowNoiseFloor, markedChange } from '../lib/words.ts';
import styles from './MetricsTable.module.css';
import { VerdictChip } from './VerdictChip.tsx';

/** Before, after, change with its interval, drawn and written, and the verdict: the seed's table. */
export function MetricsTable({ report }: { report: Report }) {
  const ratios = ratioAxis(report.metrics, report.margin);
  const differences = differenceAxis(report.metrics);
  // Also what is not gated and has turned the verdict.
  const worse = regressions(report.metrics);
  const deciding = report.metrics.filter((metric) => metric.gated || worse.includes(metric));
  const others = report.metrics.filter((metric) => !deciding.includes(metric));
  const row = (metric: MetricResult) => (
    <MetricRow key={metric.name} metric={metric} report={report} axes={{ ratios, differences }} />
  );
  return (
    <table className={styles.table}>
      <caption className={styles.caption}>
        Every metric before and after, with the interval of its change
      </caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" className={styles.number}>
            <VariantLabel side="baseline" name={report.baseline.name} />
          </th>
          <th scope="col" className={styles.number}>
            <VariantLabel side="candidate" name={report.candidate.name} />
          </th>
          <th scope="col" className={styles.lane}>
            <span className={styles.hidden}>Interval of the change, drawn on a logarithmic axis</span>
            <IntervalAxis axis={ratios} />
          </th>
          <th scope="col" className={styles.number}>
            Change
          </th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>{deciding.map(row)}</tbody>
      {others.length > 0 ? (
        <tbody>
          <tr className={styles.divider}>
            <th scope="rowgroup" colSpan={6}>
              For information; these do not decide the verdict
            </th>
          </tr>
          {others.map(row)}
        </tbody>
      ) : null}
    </table>
  );
}

function MetricRow({
  metric,
  report,
  axes,
}: {
  metric: MetricResult;
  report: Report;
  axes: { ratios: ReturnType<typeof ratioAxis>; differences: ReturnType<typeof differenceAxis> };
}) {
  const { ratio, difference } = metric;
  const [before, after] = quantities([metric.baseline.estimate, metric.candidate.estimate], metric.unit);
  return (
    <tr data-metric={metric.name}>
      <th scope="row" className={styles.name}>
        {metric.title}
        <small>{metric.better} is better</small>
      </th>
      <td className={styles.number} data-label={report.baseline.name}>
        {before}
      </td>
      <td className={styles.number} data-label={report.candidate.name}>
        {after}
      </td>
      <td className={styles.lane}>
        {ratio ? (
          <IntervalLane
            axis={axes.ratios}
            interval={{ ...ratio, low: Math.max(ratio.low, 1e-6) }}
            none={1}
            margin={{ low: 1 / (1 + report.margin), high: 1 + report.margin }}
            floor={floorInterval(metric.noiseFloor)}
            label={`${metric.title}: ${change(ratio.estimate)}, interval ${changeInterval(ratio.low, ratio.high)}`}
          />
        ) : difference ? (
          <div className={styles.strip}>
            <IntervalLane
              axis={axes.differences}
              interval={difference}
              none={0}
              margin={null}
              label={`${metric.title}: difference ${points(difference.estimate)}, interval ${pointsInterval(difference.low, difference.high)}`}
            />
          </div>
        ) : (
          <span className={styles.muted}>no interval</span>
        )}
      </td>
      <td className={styles.number}>
        {ratio ? (
          <>
            <strong>{markedChange(metric)}</strong>
            <small>{changeInterval(Math.max(ratio.low, 1e-6), ratio.high)}</small>
            {isBelowNoiseFloor(metric) ? <small>below the noise floor</small> : null}
          </>
        ) : difference ? (
          <>
            <strong>{markedChange(metric)}</strong>
            <small>{pointsInterval(difference.low, difference.high)}</small>
          </>
        ) : (
          '–'
        )}
      </td>
      <td className={styles.verdict}>
        <VerdictChip verdict={metric.verdict} />
      </td>
    </tr>
  );
}
