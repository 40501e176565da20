import { change, quantities } from '@dyno/lab/format';
import { BlocksFrame, type PairedMetric } from '../explore/BlocksFrame.tsx';
import type { Names } from '../lib/runPage.ts';
import { absent, FigureTable, figure } from './FigureTable.tsx';

/** The blocks that the verdict rests on, or will, each a pair. */
export function PairsSection({
  metrics: given,
  primary,
  names,
  isJudged,
}: {
  metrics: readonly PairedMetric[];
  primary: string;
  names: Names;
  isJudged: boolean;
}) {
  const metrics = given.filter(({ pairs }) =>
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
      />,
    ]),
  );
  return <BlocksFrame metrics={metrics} primary={primary} tables={tables} isJudged={isJudged} />;
}
