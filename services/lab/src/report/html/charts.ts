import { CpuBars } from '@dyno/charts/CpuBars';
import { Pairs } from '@dyno/charts/Pairs';
import { isCut, Path } from '@dyno/charts/Path';
import { overTime } from '@dyno/charts/series';
import { pairsTitle } from '@dyno/charts/titles';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { createElement as h, type ReactNode } from 'react';
import { change, quantities } from '../../format.ts';
import { cachesTable } from '../estimates.ts';
import { floorInterval, pathWords } from '../words.ts';
import { errorsFigure } from './errors.ts';
import { latencyFigures } from './latency.ts';
import { overTimeFigures } from './overTime.ts';
import { dataTable, figure, section } from './parts.ts';
import type { ReportFiles } from './reportHtml.ts';

/** The pictures, each with its data behind it. */
export function chartsSection(files: ReportFiles): ReactNode {
  const { report, plan, timeline, rounds } = files;
  const names = { baseline: report.baseline.name, candidate: report.candidate.name };
  const primary = report.metrics.find(({ name }) => name === report.primary);
  const overall = timeline ? overTime(timeline, rounds, names) : null;
  return section(
    { id: 'charts', title: 'In pictures' },
    ...(timeline ? latencyFigures(files, timeline, names) : []),
    primary ? pairsFigure(primary, report) : null,
    primary ? pathFigure(primary, report) : null,
    ...(overall ? overTimeFigures(overall, names, plan?.experiment.load.ratePerSecond ?? null) : []),
    cpuFigure(report),
    cachesFigure(report),
    errorsFigure(report, rounds, names),
  );
}

function pairsFigure(metric: MetricResult, { baseline, candidate }: Report): ReactNode {
  if (metric.pairs.length === 0) return null;
  const names = { baseline: baseline.name, candidate: candidate.name };
  return figure(
    {
      id: 'blocks',
      title: pairsTitle(metric, names),
      subtitle: `${metric.title}; each line is one block, measured in random order within it.`,
    },
    h(Pairs, { metric, names }),
    dataTable({
      caption: `${metric.title} in each block`,
      head: ['Block', names.baseline, names.candidate, 'Change'],
      rows: metric.pairs.map((pair) => [
        pair.block,
        ...quantities([pair.baseline, pair.candidate], metric.unit),
        pair.baseline > 0 && pair.candidate > 0 ? change(pair.candidate / pair.baseline) : '–',
      ]),
    }),
  );
}

function pathFigure(metric: MetricResult, report: Report): ReactNode {
  // One look has not narrowed.
  if (metric.path.length < 2) return null;
  const margin = { low: 1 / (1 + report.margin), high: 1 + report.margin };
  const floor = floorInterval(metric.noiseFloor);
  return figure(
    {
      id: 'path',
      title: 'How the interval narrowed',
      subtitle: `${metric.title}, which decides when the run may stop. ${pathWords(report, isCut(metric.path, margin, floor))}`,
    },
    h(Path, { metric, blocksMax: report.blocksMax, margin, floor }),
  );
}

function cachesFigure(report: Report): ReactNode {
  const table = cachesTable(report);
  if (!table) return null;
  const { head, rows, legend } = table;
  return figure(
    { id: 'caches', title: 'How often the caches had the answer', subtitle: legend },
    dataTable({ caption: 'Hits of each cache', head, rows }),
  );
}

function cpuFigure({ cpuMsPerRequest, baseline, candidate, mode }: Report): ReactNode {
  if (Object.keys(cpuMsPerRequest.baseline).length === 0) return null;
  const own =
    mode === 'fine'
      ? ' The own processes of each variant: database and cache serve both and are not split.'
      : '';
  return figure(
    {
      id: 'cpu',
      title: 'What one request costs',
      subtitle: `CPU milliseconds per request by process, over all windows; bars from 0.${own}`,
    },
    h(CpuBars, { names: { baseline: baseline.name, candidate: candidate.name }, cpuMsPerRequest }),
  );
}
