import { percentileCurve } from '@dyno/charts/series';
import { change, milliseconds } from '@dyno/lab/format';
import { Percentiles } from '../explore/Lazy.tsx';
import type { Run } from '../lib/results.ts';
import { AsTable, Section } from './Section.tsx';
import tables from './tables.module.css';

const inTable = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/** The whole distribution of the windows. */
export function PercentileSection({
  run: { timeline, rounds },
  names,
}: {
  run: Run;
  names: { baseline: string; candidate: string };
}) {
  const points = timeline ? percentileCurve(timeline, rounds, names) : [];
  if (points.length < 2) return null;
  const rows = inTable.flatMap((quantile) => {
    const nearest = points.reduce((best, point) =>
      Math.abs(point.quantile - quantile) < Math.abs(best.quantile - quantile) ? point : best,
    );
    return Math.abs(nearest.quantile - quantile) < 0.002 ? [nearest] : [];
  });
  return (
    <Section
      id="percentiles"
      title="Latency by percentile"
      subtitle="How long the fastest half, nine tenths, ... of the requests took at most; all windows together, as far as ten requests lie beyond."
    >
      <Percentiles points={points} names={names} />
      <AsTable summary="As a table">
        <table className={tables.plain}>
          <caption hidden>Latency by percentile</caption>
          <thead>
            <tr>
              <th scope="col">Percentile</th>
              <th scope="col">{names.baseline}</th>
              <th scope="col">{names.candidate}</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ quantile, baseline, candidate }) => (
              <tr key={quantile}>
                <th scope="row">p{Number((quantile * 100).toPrecision(5))}</th>
                <td>{baseline === null ? '–' : milliseconds(baseline)}</td>
                <td>{candidate === null ? '–' : milliseconds(candidate)}</td>
                <td>{baseline !== null && candidate !== null ? change(candidate / baseline) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </AsTable>
    </Section>
  );
}
