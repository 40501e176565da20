import { Errors } from '@dyno/charts/Errors';
import { failures } from '@dyno/charts/series';
import { errorsTitle } from '@dyno/charts/titles';
import { count, levelOf, percent, points, pointsInterval } from '@dyno/lab/format';
import { ChartFrame } from '../explore/ChartFrame.tsx';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';
import { FigureTable, figure } from './FigureTable.tsx';
import { Absent } from './Section.tsx';

/** How many requests failed, and how many may have: zero of few says little. */
export function ErrorsSection({ run: { report, rounds }, names }: { run: Run; names: Names }) {
  const failed = failures(rounds, names);
  if (failed.baseline.requests + failed.candidate.requests === 0) return null;
  const metric = report?.metrics.find(({ name }) => name === 'errors.rate');
  const difference = metric?.difference;
  return (
    <ChartFrame
      id="errors"
      title={errorsTitle(failed, names)}
      subtitle={`Share of failed requests, from 0${difference ? `; bars: ${levelOf(difference.level)} interval; difference ${points(difference.estimate)} (${pointsInterval(difference.low, difference.high)})` : ''}`}
      howToRead="A request failed if its answer had a status from 400 on, did not come, or did not pass a check of the load script. Also zero failures have an interval: of few requests a share of failures could have been missed. What counts is the interval of the difference."
      legend={false}
      drawn={
        metric ? (
          <Errors metric={metric} failures={failed} names={names} />
        ) : (
          <Absent>The intervals come with the verdict.</Absent>
        )
      }
      table={<StatusTable rounds={rounds} names={names} />}
    />
  );
}

function StatusTable({ rounds, names }: { rounds: Run['rounds']; names: Names }) {
  const counted = rounds.filter(({ excluded }) => excluded === null);
  const statuses = [...new Set(counted.flatMap((round) => Object.keys(round.statuses)))].sort();
  const answers = (variant: string, status: string) =>
    counted
      .filter((round) => round.variant === variant)
      .reduce((sum, round) => sum + (round.statuses[status] ?? 0), 0);
  const all = (variant: string) =>
    counted.filter((round) => round.variant === variant).reduce((sum, { load }) => sum + load.requests, 0);
  const failed = failures(rounds, names);
  return (
    <FigureTable
      caption="Answers by status"
      columns={[
        { title: 'Status', csv: 'status' },
        { title: names.baseline, csv: `${names.baseline}, answers` },
        { title: names.candidate, csv: `${names.candidate}, answers` },
        { title: `${names.baseline}: share`, csv: `${names.baseline}, share` },
        { title: `${names.candidate}: share`, csv: `${names.candidate}, share` },
      ]}
      rows={[
        ...statuses.map((status) => {
          const [before, after] = [answers(names.baseline, status), answers(names.candidate, status)];
          return [
            { text: status === '0' ? 'no answer' : status, value: status },
            figure(before, count),
            figure(after, count),
            figure(shareOf(before, all(names.baseline)), percent),
            figure(shareOf(after, all(names.candidate)), percent),
          ];
        }),
        [
          { text: 'failed', value: 'failed' },
          figure(failed.baseline.failed, count),
          figure(failed.candidate.failed, count),
          figure(shareOf(failed.baseline.failed, failed.baseline.requests), percent),
          figure(shareOf(failed.candidate.failed, failed.candidate.requests), percent),
        ],
      ]}
    />
  );
}

const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
