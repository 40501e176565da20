import type { MetricResult, Report } from '@dyno/contracts/report';
import {
  beforeAfter,
  change,
  changeInterval,
  count,
  detectable,
  digits,
  levelOf,
  percent,
} from '@dyno/lab/format';
import styles from './MetricDetails.module.css';
import tables from './tables.module.css';

/** Behind the table of metrics: how much they scatter, what the run could have seen, and other ways to compute the same. */
export function MetricDetails({ report }: { report: Report }) {
  const drawn = report.metrics.filter(({ ratio }) => ratio !== null);
  return (
    <div className={styles.all}>
      {drawn.length > 0 ? (
        <details>
          <summary>Spread, sensitivity and other estimates</summary>
          <div className={tables.scroll}>
            <Estimates metrics={drawn} />
          </div>
          <p className={styles.legend}>
            Spread: standard deviation of a pair's change. Could have seen: the change that this run finds
            with 80 % power. Blocks needed: in all, for a change of the margin (±{percent(report.margin)}). p:
            over all looks; beside it after Holm over the metrics that decide. Hodges-Lehmann: by ranks, with
            the exact signed-rank interval.
          </p>
        </details>
      ) : null}
      {report.successful.length > 0 ? (
        <details open={hasFailures(report)}>
          <summary>Latency over successful answers alone</summary>
          <div className={tables.scroll}>
            <Successful report={report} />
          </div>
          <p className={styles.legend}>A variant that fails fast must not look fast.</p>
        </details>
      ) : null}
    </div>
  );
}

function Estimates({ metrics }: { metrics: MetricResult[] }) {
  return (
    <table className={tables.plain}>
      <caption className={styles.hidden}>Spread, sensitivity and other estimates of every metric</caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Spread</th>
          <th scope="col">Noise floor</th>
          <th scope="col">Could have seen</th>
          <th scope="col">Blocks needed</th>
          <th scope="col">p</th>
          <th scope="col">p (Holm)</th>
          <th scope="col">Hodges-Lehmann</th>
        </tr>
      </thead>
      <tbody>
        {metrics.map((metric) => (
          <tr key={metric.name}>
            <th scope="row">{metric.title}</th>
            <td>{shown(metric.spread, percent)}</td>
            <td>{shown(metric.noiseFloor, percent)}</td>
            <td>{shown(metric.minimumDetectableEffect, detectable)}</td>
            <td>{shown(metric.blocksNeeded, count)}</td>
            <td>{shown(metric.p, probability)}</td>
            <td>{shown(metric.adjustedP, probability)}</td>
            <td>{rankEstimate(metric)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rankEstimate({ hodgesLehmann }: MetricResult): string {
  if (!hodgesLehmann) return '–';
  const { estimate, low, high, level } = hodgesLehmann;
  return `${change(estimate)} (${changeInterval(Math.max(low, 1e-6), high)}, ${levelOf(level)})`;
}

function Successful({ report }: { report: Report }) {
  return (
    <table className={tables.plain}>
      <caption className={styles.hidden}>Latency over successful answers alone</caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">
            {report.baseline.name} → {report.candidate.name}
          </th>
          <th scope="col">Change</th>
          <th scope="col">Interval</th>
          <th scope="col">Over all answers</th>
        </tr>
      </thead>
      <tbody>
        {report.successful.map(({ name, baseline, candidate, ratio }) => {
          const over = report.metrics.find((metric) => metric.name === name);
          return (
            <tr key={name}>
              <th scope="row">{over?.title ?? name}</th>
              <td>{beforeAfter(baseline, candidate, over?.unit ?? 'ms')}</td>
              <td>{ratio ? change(ratio.estimate) : '–'}</td>
              <td>{ratio ? changeInterval(Math.max(ratio.low, 1e-6), ratio.high) : '–'}</td>
              <td>{over?.ratio ? change(over.ratio.estimate) : '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Then the two differ, and the reader should see both. */
function hasFailures({ metrics }: Report): boolean {
  const errors = metrics.find(({ name }) => name === 'errors.rate');
  return errors !== undefined && Math.max(errors.baseline.estimate, errors.candidate.estimate) > 0;
}

function shown(value: number | null, words: (value: number) => string): string {
  return value === null ? '–' : words(value);
}

function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : digits(p);
}
