import { distribution, type PercentilePoint, percentileCurve } from '@dyno/charts/series';
import { distributionTitle, percentileTitle } from '@dyno/charts/titles';
import { count } from '@dyno/lab/format';
import { objectivesOf } from '@dyno/lab/objectives';
import { ChartFrame } from '../explore/ChartFrame.tsx';
import { DistributionDrawn, DistributionLayer } from '../explore/Distribution.tsx';
import { DistributionTable, PercentileTable } from '../explore/figures.tsx';
import { PercentilesDrawn, PercentilesLayer } from '../explore/Percentiles.tsx';
import { AddUpToggle, ScaleToggle } from '../explore/ScaleToggle.tsx';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';

/** The whole distribution of the windows: by percentile, and by how many answers took how long. */
export function PercentileSection({ run: { report, timeline, rounds }, names }: { run: Run; names: Names }) {
  const points = timeline ? percentileCurve(timeline, rounds, names) : [];
  if (!timeline || points.length < 2) return null;
  const objectives = report ? objectivesOf(report) : [];
  const requests = rounds
    .filter(({ excluded }) => excluded === null)
    .reduce((sum, { load }) => sum + load.requests, 0);
  return (
    <>
      <ChartFrame
        id="percentiles"
        title={report ? percentileTitle(points, names) : 'Latency by percentile, so far'}
        subtitle={`Latency in ms by percentile; ${count(requests)} requests, bands: 95\u00a0% interval over rounds; below: ${names.candidate} / ${names.baseline}`}
        howToRead={`Read it from left to right: the fastest request, the one in the middle (p50), the slowest tenth (p90), hundredth, thousandth, each with equal room. The lower panel divides ${names.candidate} by ${names.baseline} at each percentile: below the dashed line it takes less time. All windows of a variant are taken together here; the verdict's figures are means over rounds, so at the same percentile the two differ where rounds do. The bands come from rounds, never from single requests. A curve ends where fewer than ten requests lie beyond.`}
        drawn={<PercentilesDrawn points={points} objectives={objectives} />}
        layer={<PercentilesLayer points={points} objectives={objectives} />}
        controls={<ScaleToggle />}
        table={<PercentileTable points={points} names={names} />}
      />
      <DistributionFrame timeline={timeline} points={points} names={names} requests={requests} />
    </>
  );
}

function DistributionFrame({
  timeline,
  points,
  names,
  requests,
}: {
  timeline: NonNullable<Run['timeline']>;
  points: PercentilePoint[];
  names: Names;
  requests: number;
}) {
  const bins = distribution(timeline, names);
  if (bins.length < 2) return null;
  return (
    <ChartFrame
      id="distribution"
      title={distributionTitle(points, names)}
      subtitle={`Share of the answers in each bin of latency, logarithmic; 40 bins a decade, ${count(requests)} requests`}
      howToRead="Each step is a bin of time, each as wide as its neighbours on a logarithmic axis; its height is the share of a variant's answers that took that long. Two hills mean two kinds of answers, for example from a cache and from the database. Added up, the curve says which share was answered within a time."
      drawn={<DistributionDrawn bins={bins} />}
      layer={<DistributionLayer bins={bins} />}
      controls={<AddUpToggle />}
      table={<DistributionTable bins={bins} names={names} />}
    />
  );
}
