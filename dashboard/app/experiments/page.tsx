import { change } from '@dyno/lab/format';
import type { Metadata } from 'next';
import Link from 'next/link';
import history from '../../components/history.module.css';
import page from '../../components/page.module.css';
import { EmptyRuns } from '../../components/RunsTable.tsx';
import tables from '../../components/tables.module.css';
import { VerdictChip } from '../../components/VerdictChip.tsx';
import { dateTime } from '../../lib/dates.ts';
import { type ExperimentSummary, listExperiments } from '../../lib/experiments.ts';
import { verdictMarks } from '../../lib/words.ts';

export const metadata: Metadata = { title: 'Experiments' };

/** As many as one takes in at a glance. */
const marksMax = 12;

export default async function ExperimentsPage() {
  const experiments = await listExperiments();
  if (experiments.length === 0) return <EmptyRuns />;
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>Experiments</h1>
        <p className={page.lead}>What is measured again and again, and whether it drifts.</p>
      </header>
      <section className={page.answer} aria-label="Experiments">
        <div className={tables.scroll}>
          <table className={`${tables.table} ${tables.lined} ${history.experiments}`}>
            <caption hidden>Experiments, the one that ran last first</caption>
            <thead>
              <tr>
                <th scope="col">Experiment</th>
                <th scope="col">Last verdict</th>
                <th scope="col" className={tables.number}>
                  Last change
                </th>
                <th scope="col">Verdicts, oldest first</th>
                <th scope="col" className={tables.number}>
                  Runs
                </th>
                <th scope="col" className={tables.number}>
                  Last run
                </th>
              </tr>
            </thead>
            <tbody>
              {experiments.map((experiment) => (
                <Row key={experiment.name} experiment={experiment} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </main>
  );
}

function Row({ experiment: { name, title, runs } }: { experiment: ExperimentSummary }) {
  const judged = runs.filter(({ outcome }) => outcome);
  const last = judged[0]?.outcome ?? null;
  return (
    <tr>
      <th scope="row" className={history.experiment}>
        <Link href={`/experiments/${name}`} prefetch={false}>
          {title}
        </Link>
        <small>{name}</small>
      </th>
      <td>{last ? <VerdictChip verdict={last.verdict} /> : '–'}</td>
      <td className={`${tables.number} ${history.change}`}>
        {last?.primary?.ratio && last.verdict !== 'invalid' ? (
          <>
            {change(last.primary.ratio.estimate)}
            <small>{last.primary.title}</small>
          </>
        ) : (
          '–'
        )}
      </td>
      <td>
        <ul className={history.marks} aria-label={`The last verdicts of ${name}`}>
          {judged
            .slice(0, marksMax)
            .toReversed()
            .map(({ id, outcome }) =>
              outcome ? (
                <li key={id}>
                  <Link
                    href={`/runs/${id}`}
                    prefetch={false}
                    data-verdict={outcome.verdict}
                    title={`${id}: ${outcome.verdict}`}
                    aria-label={`${id}: ${outcome.verdict}`}
                  >
                    {verdictMarks[outcome.verdict]}
                  </Link>
                </li>
              ) : null,
            )}
        </ul>
      </td>
      <td className={`${tables.number} ${history.amount}`}>{runs.length}</td>
      <td className={tables.number}>{runs[0]?.createdAt ? dateTime(runs[0].createdAt) : '–'}</td>
    </tr>
  );
}
