import { type MetricName, metricCatalogue } from '@dyno/contracts/metrics';
import { change, digits, quantities, quantity } from '@dyno/lab/format';
import { type HistoryChange, type HistoryRow, unchangedLevel } from '@dyno/lab/history';
import Link from 'next/link';
import { dateTime } from '../lib/dates.ts';
import type { ExperimentHistory } from '../lib/history.ts';
import styles from './history.module.css';
import { Section } from './Section.tsx';
import tables from './tables.module.css';
import { VerdictChip } from './VerdictChip.tsx';

/** Loud: figures on both sides of such a run do not compare. */
export function Moves({ rows }: { rows: HistoryRow[] }) {
  const moves = rows.filter(({ environmentChanges }) => environmentChanges.length > 0);
  if (moves.length === 0) return null;
  return (
    <section className={styles.moves} aria-label="The environment changed">
      <h2>
        <span aria-hidden="true">! </span>The environment changed between these runs
      </h2>
      <p>Figures before and after do not compare; the picture joins nothing across it.</p>
      <ul>
        {moves.map(({ runId, createdAt, environmentChanges }) => (
          <li key={runId}>
            <Link href={`/runs/${runId}`} prefetch={false}>
              {runId}
            </Link>
            , {dateTime(createdAt)}: {environmentChanges.join('; ')}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Change points in words: those of the metric on the page first. */
export function Changes({
  changes,
  runs,
  metric,
  of,
}: {
  changes: HistoryChange[];
  runs: number;
  metric: MetricName;
  of: HistoryChange['of'];
}) {
  const shown = changes.filter((one) => one.metric === metric && one.of === of);
  const others = changes.length - shown.length;
  return (
    <div className={styles.changes}>
      {shown.length === 0 ? <p>{unchangedLevel(runs, metric, of)}</p> : null}
      <ul>
        {shown.map((one) => (
          <li key={one.runId} data-change={one.runId}>
            <strong>{change(one.after / one.before)}</strong> with{' '}
            <Link href={`/runs/${one.runId}`} prefetch={false}>
              {one.runId}
            </Link>
            : {levels(one).join(' → ')}, p = {digits(one.p)}
            {one.isEnvironmentNew ? '; the environment changed with that run too' : ''}
          </li>
        ))}
      </ul>
      {others > 0 ? (
        <p className={styles.muted}>
          Other figures changed as well:{' '}
          {[...new Set(changes.filter((one) => !shown.includes(one)).map(nameOf))].join(', ')}.
        </p>
      ) : null}
    </div>
  );
}

function levels({ metric, of, before, after }: HistoryChange): string[] {
  return of === 'ratio'
    ? [change(before), change(after)]
    : quantities([before, after], metricCatalogue[metric].unit);
}

function nameOf({ metric, of }: HistoryChange): string {
  const { title } = metricCatalogue[metric];
  return of === 'ratio' ? `${title} beside its baseline` : title;
}

/** Newest first, each with a way to hold it against the one before. */
export function RunsOfHistory({ found, metric }: { found: ExperimentHistory; metric: MetricName }) {
  const { rows } = found.history;
  const { title, unit } = metricCatalogue[metric];
  return (
    <Section id="runs" title="The runs" flush>
      <div className={tables.scroll}>
        <table className={`${tables.table} ${tables.lined}`}>
          <caption hidden>Runs of this experiment, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Commit</th>
              <th scope="col" className={tables.number}>
                {title}
              </th>
              <th scope="col" className={tables.number}>
                Change
              </th>
              <th scope="col">Verdict</th>
              <th scope="col">Compare</th>
            </tr>
          </thead>
          <tbody>
            {rows.toReversed().map((row, index) => {
              const before = rows[rows.length - 2 - index];
              const value = row.metrics[metric];
              return (
                <tr key={row.runId} data-run={row.runId}>
                  <th scope="row" className={styles.experiment}>
                    <Link href={`/runs/${row.runId}`} prefetch={false}>
                      {row.runId}
                    </Link>
                    {row.runId === found.established ? <b className={styles.established}> baseline</b> : null}
                    <small>{dateTime(row.createdAt)}</small>
                  </th>
                  <td>
                    <code>{row.commit ? `${row.commit.slice(0, 9)}${row.dirty ? '+' : ''}` : '–'}</code>
                  </td>
                  <td className={tables.number}>{value ? quantity(value.candidate, unit) : '–'}</td>
                  <td className={tables.number}>{value?.ratio ? change(value.ratio) : '–'}</td>
                  <td>
                    <VerdictChip verdict={row.verdict} />
                  </td>
                  <td>
                    {before ? (
                      <Link href={`/compare?a=${before.runId}&b=${row.runId}`} prefetch={false}>
                        with the one before
                      </Link>
                    ) : null}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
