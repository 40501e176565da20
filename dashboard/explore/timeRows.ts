import type { OverTime, TimeRow } from '@dyno/charts/series';

export type TimeFigures = 'latency' | 'throughput' | 'cpu' | 'memory';

interface Column {
  key: string;
  title: string;
}

/** All that a chart over time draws, unrounded, with the unit in the header. A part of the axis gives that part. */
export function timeRows(
  data: OverTime,
  figures: TimeFigures,
  names: { baseline: string; candidate: string },
  [from, to]: readonly [number, number],
): (string | number | null)[][] {
  const columns = (['baseline', 'candidate'] as const).flatMap((side) =>
    columnsOf(data, figures).map(({ key, title }) => ({
      key: `${side}${key}`,
      title: `${names[side]} ${title}`,
    })),
  );
  const isMeasured = (row: TimeRow) => columns.some(({ key }) => typeof row[key] === 'number');
  const rows = data.rows.filter((row) => row.x >= from && row.x <= to && isMeasured(row));
  return [
    ['time, s', 'block', 'part', ...columns.map(({ title }) => title)],
    ...rows.map((row) => [row.x, ...placeOf(data, row.x), ...columns.map(({ key }) => row[key] ?? null)]),
  ];
}

function columnsOf({ processes }: OverTime, figures: TimeFigures): Column[] {
  switch (figures) {
    case 'latency':
      return [
        { key: 'P5', title: 'p5, ms' },
        { key: 'P50', title: 'p50, ms' },
        { key: 'P95', title: 'p95, ms' },
      ];
    case 'throughput':
      return [
        { key: 'Rate', title: 'requests per second' },
        { key: 'Failed', title: 'failed requests' },
      ];
    case 'cpu':
      return processes.map((process) => ({ key: `Cpu:${process}`, title: `${process}, cores` }));
    case 'memory':
      return processes.map((process) => ({ key: `Rss:${process}`, title: `${process}, bytes` }));
  }
}

function placeOf({ bands }: OverTime, x: number): [number | null, string] {
  const band = bands.find(({ fromSeconds, toSeconds }) => x >= fromSeconds && x <= toSeconds);
  if (!band) return [null, ''];
  if (band.excluded !== null) return [band.block, 'excluded'];
  return [band.block, x < band.windowSeconds ? 'warm-up' : 'window'];
}
