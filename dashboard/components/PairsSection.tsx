import type { Report } from '@dyno/contracts/report';
import { change, quantities } from '@dyno/lab/format';
import { BlocksFrame } from '../explore/BlocksFrame.tsx';
import { absent, FigureTable, figure } from './FigureTable.tsx';

/** The blocks that the verdict rests on, each a pair. */
export function PairsSection({ report }: { report: Report }) {
  const metrics = report.metrics.filter(({ pairs }) =>
    pairs.some(({ baseline, candidate }) => baseline > 0 && candidate > 0),
  );
  if (metrics.length === 0) return null;
  const tables = Object.fromEntries(
    metrics.map(({ name, title, unit, pairs }) => [
      name,
      <FigureTable
        key={name}
        caption={`${title} in each block`}
        columns={[
          { title: 'Block', csv: 'block' },
          { title: report.baseline.name, csv: `${report.baseline.name} ${title}, ${unit}` },
          { title: report.candidate.name, csv: `${report.candidate.name} ${title}, ${unit}` },
          { title: 'Change', csv: `${report.candidate.name} / ${report.baseline.name}` },
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
      />,
    ]),
  );
  return <BlocksFrame metrics={metrics} primary={report.primary} tables={tables} />;
}
