import { VariantLabel } from '@dyno/charts/VariantLabel';
import { quantities } from '@dyno/lab/format';
import { Table, TableTbody, TableTd, TableTh, TableThead, TableTr } from '@mantine/core';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';
import { type MetricSoFar, readSoFar } from '../lib/soFar.ts';
import { PairsSection } from './PairsSection.tsx';
import { Absent, Section } from './Section.tsx';
import styles from './SoFar.module.css';
import tables from './tables.module.css';

/** In the place of the verdict while there is none: what whole blocks gave, without interval, colour or word of judgement. */
export async function SoFar({ run, names }: { run: Run; names: Names }) {
  const found = await readSoFar(run, names);
  const isRunning = run.state === 'running';
  if (!found)
    return (
      <Section id="figures" title="What changed, and how surely">
        <Absent>
          {isRunning
            ? 'Not measured yet: figures come with the first whole block, the verdict when the run has ended.'
            : 'No verdict: the run ended before it had one, and before its first whole block.'}
        </Absent>
      </Section>
    );
  const { blocks, metrics } = found;
  const atMost = run.plan?.plan.blocks.max ?? blocks;
  const rest = isRunning
    ? 'The run judges them by rules that were fixed before it began; a look before that is no evidence.'
    : 'The run ended before it could judge them.';
  return (
    <Section
      id="figures"
      title={isRunning ? 'What was measured so far, no verdict yet' : 'What was measured, without a verdict'}
      subtitle={`Medians over the rounds of ${blocks} whole ${blocks === 1 ? 'block' : 'blocks'} of at most ${atMost}. ${rest}`}
      flush
    >
      <Figures metrics={metrics} names={names} />
    </Section>
  );
}

/** The same chart that the verdict will rest on. */
export async function PairsSoFar({ run, names }: { run: Run; names: Names }) {
  const found = await readSoFar(run, names);
  const primary = run.plan?.experiment.primary ?? '';
  return found && <PairsSection metrics={found.metrics} primary={primary} isJudged={false} />;
}

function Figures({ metrics, names }: { metrics: MetricSoFar[]; names: Names }) {
  return (
    <div className={tables.scroll}>
      <Table className={tables.table} data-so-far>
        <TableThead>
          <TableTr>
            <TableTh scope="col">Metric</TableTh>
            <TableTh scope="col" className={tables.number}>
              <VariantLabel side="baseline" name={names.baseline} />
            </TableTh>
            <TableTh scope="col" className={tables.number}>
              <VariantLabel side="candidate" name={names.candidate} />
            </TableTh>
          </TableTr>
        </TableThead>
        <TableTbody>
          {metrics.map(({ name, title, unit, baseline, candidate }) => {
            const [before, after] = quantities([baseline, candidate], unit);
            return (
              <TableTr key={name} data-metric-so-far={name}>
                <TableTh scope="row" className={styles.metric}>
                  {title}
                </TableTh>
                <TableTd className={tables.number}>{before}</TableTd>
                <TableTd className={tables.number}>{after}</TableTd>
              </TableTr>
            );
          })}
        </TableTbody>
      </Table>
    </div>
  );
}
