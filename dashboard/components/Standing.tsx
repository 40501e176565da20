import type { MetricStanding, Standing as StandingOf } from '@dyno/lab/against';
import { beforeAfter, change, changeInterval } from '@dyno/lab/format';
import Link from 'next/link';
import { dateTime } from '../lib/dates.ts';
import styles from './history.module.css';
import { Absent, Section } from './Section.tsx';
import tables from './tables.module.css';
import { VerdictChip } from './VerdictChip.tsx';

/** The newest run against the established baseline: what a team looks at again every two weeks. */
export function Standing({
  standing,
  established,
  newest,
}: {
  standing: StandingOf | null;
  established: string | null;
  newest: string | null;
}) {
  if (!standing)
    return (
      <Section id="standing" title="Against the established baseline">
        <Absent>
          {established === null ? (
            <>
              No baseline is established. Choose a run that later ones are held against:{' '}
              <code>npx dyno baseline set {newest}</code>
            </>
          ) : (
            `The newest run, ${newest}, is the established baseline.`
          )}
        </Absent>
      </Section>
    );
  return (
    <Section
      id="standing"
      title="Against the established baseline"
      subtitle={
        <>
          <Link href={`/compare?a=${standing.before.runId}&b=${standing.now.runId}`} prefetch={false}>
            {standing.now.runId} against {standing.before.runId}
          </Link>{' '}
          of {dateTime(standing.before.createdAt)}. Two runs are not paired: weaker than one run of both.
        </>
      }
      flush
    >
      <StandingTable standing={standing} />
    </Section>
  );
}

/** How the candidates of two runs stand, as far as two runs can say. */
export function StandingTable({ standing }: { standing: StandingOf }) {
  return (
    <>
      {standing.refusal ? (
        <p className={styles.refusal}>
          <span aria-hidden="true">! </span>No verdicts: {standing.refusal}.
        </p>
      ) : null}
      <div className={tables.scroll}>
        <Rows standing={standing} />
      </div>
    </>
  );
}

function Rows({ standing }: { standing: StandingOf }) {
  return (
    <table className={`${tables.table} ${tables.lined}`}>
      <caption hidden>
        Candidate of {standing.now.runId} over that of {standing.before.runId}
      </caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" className={tables.number}>
            Candidate then → now
          </th>
          <th scope="col" className={tables.number}>
            Of the figures
          </th>
          <th scope="col" className={tables.number}>
            {standing.sharedBaseline ? `Each beside its ${standing.sharedBaseline}` : 'Beside the baseline'}
          </th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {standing.metrics.map((metric) => (
          <tr key={metric.name} data-standing={metric.name}>
            <th scope="row">{metric.title}</th>
            <td className={tables.number}>{beforeAfter(metric.before, metric.now, metric.unit)}</td>
            <td className={tables.number}>{changeWords(metric.figures)}</td>
            <td className={tables.number}>{changeWords(metric.besideBaseline)}</td>
            <td>{metric.verdict ? <VerdictChip verdict={metric.verdict} /> : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function changeWords(interval: MetricStanding['figures']): string {
  if (!interval) return '–';
  const { estimate, low, high } = interval;
  return `${change(estimate)} (${changeInterval(Math.max(low, 1e-6), high)})`;
}
