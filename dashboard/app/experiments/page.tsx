import type { Metadata } from 'next';
import Link from 'next/link';
import page from '../../components/page.module.css';
import { EmptyRuns } from '../../components/RunsTable.tsx';
import { Section } from '../../components/Section.tsx';
import tables from '../../components/tables.module.css';
import { VerdictChip } from '../../components/VerdictChip.tsx';
import { dateTime } from '../../lib/dates.ts';
import { listExperiments } from '../../lib/experiments.ts';

export const metadata: Metadata = { title: 'Experiments' };

export default async function ExperimentsPage() {
  const experiments = await listExperiments();
  if (experiments.length === 0) return <EmptyRuns />;
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>Experiments</h1>
        <p className={page.lead}>What is measured again and again, and whether it drifts.</p>
      </header>
      <Section id="experiments" title="By the last run" flush>
        <div className={tables.scroll}>
          <table className={`${tables.table} ${tables.lined}`}>
            <caption hidden>Experiments, the one that ran last first</caption>
            <thead>
              <tr>
                <th scope="col">Experiment</th>
                <th scope="col" className={tables.number}>
                  Runs
                </th>
                <th scope="col">Last verdict</th>
                <th scope="col" className={tables.number}>
                  Last run
                </th>
              </tr>
            </thead>
            <tbody>
              {experiments.map(({ name, title, runs }) => {
                const last = runs.find(({ outcome }) => outcome);
                return (
                  <tr key={name}>
                    <th scope="row">
                      <Link href={`/experiments/${name}`} prefetch={false}>
                        {title}
                      </Link>{' '}
                      <span className={tables.muted}>{name}</span>
                    </th>
                    <td className={tables.number}>{runs.length}</td>
                    <td>{last?.outcome ? <VerdictChip verdict={last.outcome.verdict} /> : '–'}</td>
                    <td className={tables.number}>
                      {runs[0]?.createdAt ? dateTime(runs[0].createdAt) : '–'}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </Section>
    </main>
  );
}
