import { metricCatalogue } from '@dyno/contracts/metrics';
import type { Metadata } from 'next';
import Link from 'next/link';
import { z } from 'zod';
import { JobStatus } from '../../components/JobStatus.tsx';
import { NewRunForm } from '../../components/NewRunForm.tsx';
import page from '../../components/page.module.css';
import { Section } from '../../components/Section.tsx';
import styles from '../../components/start.module.css';
import { WayIn } from '../../components/WayIn.tsx';
import { accessOf } from '../../lib/access.ts';
import { type Query, readQuery } from '../../lib/addressQuery.ts';
import { type NewRunPage, readNewRun } from '../../lib/newRun.ts';

export const metadata: Metadata = { title: 'New run' };

const querySchema = z.object({
  repeat: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'not a run id')
    .default(''),
  experiment: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,79}$/, 'not an experiment')
    .default(''),
});

export default async function NewPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { state, notes } = readQuery(querySchema, await searchParams);
  const access = await accessOf();
  const isReadable = access !== 'only-reads';
  const found = isReadable ? await readNewRun(state) : null;
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>New run</h1>
        <p className={page.lead}>What is measured, how long it takes, and what it could see.</p>
      </header>
      {notes.map((note) => (
        <p key={note} className={styles.hint}>
          {note}
        </p>
      ))}
      {access === 'full' ? null : <WayIn access={access} />}
      {found ? <NewRun found={found} mayStart={access === 'full'} /> : null}
    </main>
  );
}

const metricTitles = Object.fromEntries(
  Object.entries(metricCatalogue).map(([name, { title }]) => [name, title]),
);

function NewRun({ found, mayStart }: { found: NewRunPage; mayStart: boolean }) {
  const { list, first, repeated, lastSights, busy, jobs } = found;
  return (
    <>
      {busy ? <Busy holder={busy} /> : null}
      {jobs.map((job) => (
        <JobStatus key={job.id} first={job} goOn={false} />
      ))}
      {repeated ? <Repeated {...repeated} /> : null}
      {list.problems.map(({ file, message }) => (
        <div key={file} className={styles.note} data-tone="bad">
          <p>
            <b>{file} cannot be measured.</b>
          </p>
          <pre className={styles.log}>{message}</pre>
        </div>
      ))}
      {first ? (
        <Section id="plan" title="Experiment and plan">
          <NewRunForm
            key={JSON.stringify(first)}
            list={list}
            first={first}
            lastSights={lastSights}
            titles={metricTitles}
            mayStart={mayStart}
          />
        </Section>
      ) : (
        <p className={styles.note}>
          There is no experiment in <code>experiments/</code> yet: <code>npx dyno init</code> writes one.
        </p>
      )}
    </>
  );
}

function Busy({ holder }: { holder: string }) {
  return (
    <div className={styles.note} role="status">
      <p>
        <b>A measurement is under way.</b> Two at once would disturb each other, so a new one can only wait
        for its end: {holder}. <Link href="/runs/latest">The latest run</Link>
      </p>
    </div>
  );
}

function Repeated({ runId, problem }: { runId: string; problem: string }) {
  return (
    <div className={styles.note} data-tone={problem === '' ? 'plain' : 'bad'}>
      <p>
        {problem === '' ? (
          <>
            <b>As run </b>
            <Link href={`/runs/${runId}`} prefetch={false}>
              {runId}
            </Link>
            : change what you like.
          </>
        ) : (
          <>
            <b>Run {runId} cannot be repeated from here:</b> {problem}.
          </>
        )}
      </p>
    </div>
  );
}
