import { Pairs } from '@dyno/charts/Pairs';
import type { MetricResult } from '@dyno/contracts/report';
import { change, quantities } from '@dyno/lab/format';
import { AsTable, Section } from './Section.tsx';
import tables from './tables.module.css';

interface Names {
  baseline: string;
  candidate: string;
}

/** The blocks that the verdict rests on, each a pair. */
export function PairsSection({ metric, names }: { metric: MetricResult; names: Names }) {
  return (
    <Section
      id="blocks"
      title="Every block, one by one"
      subtitle={`${metric.title}; each line is one block, measured in random order within it.`}
    >
      <Pairs metric={metric} names={names} />
      <PairsTable metric={metric} names={names} />
    </Section>
  );
}

function PairsTable({
  metric: { title, unit, pairs },
  names,
}: {
  metric: Pick<MetricResult, 'title' | 'unit' | 'pairs'>;
  names: Names;
}) {
  return (
    <AsTable summary="As a table">
      <table className={tables.plain}>
        <caption hidden>{title} in each block</caption>
        <thead>
          <tr>
            <th scope="col">Block</th>
            <th scope="col">{names.baseline}</th>
            <th scope="col">{names.candidate}</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ block, baseline, candidate }) => {
            const [before, after] = quantities([baseline, candidate], unit);
            return (
              <tr key={block}>
                <th scope="row">{block}</th>
                <td>{before}</td>
                <td>{after}</td>
                <td>{baseline > 0 && candidate > 0 ? change(candidate / baseline) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </AsTable>
  );
}
