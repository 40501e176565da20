'use client';

import { percentileName } from '@dyno/charts/percentileName';
import type { DistributionBin, PercentilePoint } from '@dyno/charts/series';
import type { MetricResult } from '@dyno/contracts/report';
import { change, milliseconds, percent, quantities } from '@dyno/lab/format';
import { absent, FigureTable, figure } from '../components/FigureTable.tsx';
import type { Names } from './View.tsx';

/**
 * Tables that can be made from figures that the browser gets anyway: rendered on the server like the rest, but not sent a second time
 * as elements, which weigh many times their figures.
 */

export function PercentileTable({ points, names }: { points: PercentilePoint[]; names: Names }) {
  const columnsOf = (name: string) => [
    { title: name, csv: `${name}, ms` },
    { title: `${name}: from`, csv: `${name} low, ms` },
    { title: `${name}: to`, csv: `${name} high, ms` },
  ];
  return (
    <FigureTable
      caption="Latency by percentile"
      columns={[
        { title: 'Percentile', csv: 'quantile' },
        ...columnsOf(names.baseline),
        ...columnsOf(names.candidate),
        { title: 'Change', csv: `${names.candidate} / ${names.baseline}` },
        { title: 'Change: from', csv: 'ratio low' },
        { title: 'Change: to', csv: 'ratio high' },
      ]}
      rows={points.map((point) => [
        { text: percentileName(point.quantile), value: point.quantile },
        figure(point.baseline, milliseconds),
        figure(point.baselineBand?.[0], milliseconds),
        figure(point.baselineBand?.[1], milliseconds),
        figure(point.candidate, milliseconds),
        figure(point.candidateBand?.[0], milliseconds),
        figure(point.candidateBand?.[1], milliseconds),
        figure(point.ratio?.estimate, change),
        figure(point.ratio?.low, change),
        figure(point.ratio?.high, change),
      ])}
    />
  );
}

export function DistributionTable({ bins, names }: { bins: DistributionBin[]; names: Names }) {
  return (
    <FigureTable
      caption="Share of the answers by latency"
      columns={[
        { title: 'From', csv: 'from, ms' },
        { title: 'To', csv: 'to, ms' },
        { title: names.baseline, csv: `${names.baseline}, share of answers` },
        { title: names.candidate, csv: `${names.candidate}, share of answers` },
      ]}
      rows={bins.map(({ fromMs, toMs, baseline, candidate }) => [
        figure(fromMs, milliseconds),
        figure(toMs, milliseconds),
        figure(baseline, percent),
        figure(candidate, percent),
      ])}
    />
  );
}

export function BlocksTable({
  metric: { title, unit, pairs },
  names,
}: {
  metric: Pick<MetricResult, 'title' | 'unit' | 'pairs'>;
  names: Names;
}) {
  return (
    <FigureTable
      caption={`${title} in each block`}
      columns={[
        { title: 'Block', csv: 'block' },
        { title: names.baseline, csv: `${names.baseline} ${title}, ${unit}` },
        { title: names.candidate, csv: `${names.candidate} ${title}, ${unit}` },
        { title: 'Change', csv: `${names.candidate} / ${names.baseline}` },
      ]}
      rows={pairs.map(({ block, baseline, candidate }) => {
        const [before = '', after = ''] = quantities([baseline, candidate], unit);
        return [
          { text: String(block), value: block },
          { text: before, value: baseline },
          { text: after, value: candidate },
          baseline > 0 && candidate > 0 ? figure(candidate / baseline, change) : absent,
        ];
      })}
    />
  );
}
