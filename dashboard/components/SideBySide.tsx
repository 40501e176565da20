import { IntervalAxis, IntervalLane } from '@dyno/charts/IntervalLane';
import { type Axis, differenceAxis, ratioAxis } from '@dyno/charts/scale';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { beforeAfter, change, changeInterval, points, pointsInterval } from '@dyno/lab/format';
import { markedChange } from '../lib/words.ts';
import styles from './SideBySide.module.css';
import { VerdictChip } from './VerdictChip.tsx';

/** Every metric of two runs: what each found between its variants, on one axis, and how their candidates compare. */
export function SideBySide({ reports, names }: { reports: [Report, Report]; names: [string, string] }) {
  const all = reports.flatMap(({ metrics }) => metrics);
  const axes = { ratios: ratioAxis(all, reports[0].margin), differences: differenceAxis(all) };
  const metricNames = [...new Set(all.map(({ name }) => name))];
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">
        Every metric of both runs: before, after, change with its interval, verdict
      </caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Run</th>
          <th scope="col" className={styles.number}>
            Baseline → candidate
          </th>
          <th scope="col" className={styles.lane}>
            <span className="visually-hidden">Interval of the change, on one axis for both runs</span>
            <IntervalAxis axis={axes.ratios} />
          </th>
          <th scope="col" className={styles.number}>
            Change
          </th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      {metricNames.map((name) => (
        <tbody key={name} data-metric={name}>
          {reports.map((report, index) => {
            const metric = report.metrics.find((one) => one.name === name);
            return (
              <tr key={names[index]}>
                {index === 0 ? <Title reports={reports} name={name} /> : null}
                <td className={styles.run}>{index === 0 ? 'A' : 'B'}</td>
                {metric ? <Figures metric={metric} axes={axes} /> : <td colSpan={4}>not measured</td>}
              </tr>
            );
          })}
        </tbody>
      ))}
    </table>
  );
}

function Title({ reports: [a, b], name }: { reports: [Report, Report]; name: MetricResult['name'] }) {
  const [first, second] = [a, b].map(({ metrics }) => metrics.find((one) => one.name === name));
  const either = first ?? second;
  return (
    <th scope="rowgroup" rowSpan={2} className={styles.name}>
      {either?.title ?? name}
    </th>
  );
}

function Figures({ metric, axes }: { metric: MetricResult; axes: { ratios: Axis; differences: Axis } }) {
  const { ratio, difference } = metric;
  const interval = ratio
    ? changeInterval(Math.max(ratio.low, 1e-6), ratio.high)
    : difference
      ? pointsInterval(difference.low, difference.high)
      : '';
  const estimate = ratio ? change(ratio.estimate) : difference ? points(difference.estimate) : '';
  return (
    <>
      <td className={styles.number}>
        {beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit)}
      </td>
      <td className={styles.lane} data-points={ratio === null}>
        {ratio || difference ? (
          <IntervalLane
            axis={ratio ? axes.ratios : axes.differences}
            interval={
              ratio
                ? { ...ratio, low: Math.max(ratio.low, 1e-6) }
                : (difference ?? { estimate: 0, low: 0, high: 0 })
            }
            none={ratio ? 1 : 0}
            margin={null}
            label={`${metric.title}: ${estimate}, interval ${interval}`}
          />
        ) : (
          'no interval'
        )}
      </td>
      <td className={styles.number}>
        <strong>{markedChange(metric)}</strong>
        <small>{interval}</small>
      </td>
      <td>
        <VerdictChip verdict={metric.verdict} />
      </td>
    </>
  );
}
