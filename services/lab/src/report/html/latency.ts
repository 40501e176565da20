import { Distribution } from '@dyno/charts/Distribution';
import { Legend } from '@dyno/charts/Legend';
import { PercentileCurve } from '@dyno/charts/PercentileCurve';
import { percentileName } from '@dyno/charts/percentileName';
import { distribution, percentileCurve } from '@dyno/charts/series';
import { distributionTitle, namedPoints, percentileTitle } from '@dyno/charts/titles';
import type { TimelineFile } from '@dyno/contracts/run';
import { createElement as h, type ReactNode } from 'react';
import { change, milliseconds, plural } from '../../format.ts';
import { objectivesOf } from '../objectives.ts';
import { dataTable, figure } from './parts.ts';
import type { ReportFiles } from './reportHtml.ts';

interface Names {
  baseline: string;
  candidate: string;
}

/** The whole distribution of the windows: by percentile, and by how many answers took how long. */
export function latencyFigures(
  { report, rounds }: ReportFiles,
  timeline: TimelineFile,
  names: Names,
): ReactNode[] {
  const points = percentileCurve(timeline, rounds, names);
  const bins = distribution(timeline, names);
  const requests = rounds
    .filter(({ excluded }) => excluded === null)
    .reduce((sum, { load }) => sum + load.requests, 0);
  const legend = h(Legend, { key: 'legend', names });
  return [
    points.length < 2
      ? null
      : figure(
          {
            id: 'percentiles',
            title: percentileTitle(points, names),
            subtitle: `Latency by percentile, ${plural(requests, 'request')}; bands: 95\u00a0% interval over rounds. Below: ${names.candidate} / ${names.baseline}. A curve ends where fewer than ten requests lie beyond. All windows of a variant together, where the table above has means over rounds: the two differ where rounds do.`,
          },
          [legend, h(PercentileCurve, { key: 'chart', points, names, objectives: objectivesOf(report) })],
          percentileTable(points, names),
        ),
    bins.length < 2
      ? null
      : figure(
          {
            id: 'distribution',
            title: distributionTitle(points, names),
            subtitle: `Share of the answers in each bin of latency; logarithmic, 40 bins a decade, ${plural(requests, 'request')}.`,
          },
          [legend, h(Distribution, { key: 'chart', bins, names })],
        ),
  ];
}

function percentileTable(points: ReturnType<typeof percentileCurve>, names: Names): ReactNode {
  return dataTable({
    caption: 'Latency by percentile',
    head: ['Percentile', names.baseline, names.candidate, 'Change'],
    rows: namedPoints(points).map(({ quantile, point: { baseline, candidate, ratio } }) => [
      percentileName(quantile),
      baseline === null ? '–' : milliseconds(baseline),
      candidate === null ? '–' : milliseconds(candidate),
      ratio ? change(ratio.estimate) : '–',
    ]),
  });
}
