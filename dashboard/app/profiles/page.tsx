import type { Metadata } from 'next';
import { JobStatus } from '../../components/JobStatus.tsx';
import { NewProfileForm } from '../../components/NewProfileForm.tsx';
import { ProfilesTable } from '../../components/ProfilesTable.tsx';
import page from '../../components/page.module.css';
import { Absent, Section } from '../../components/Section.tsx';
import { WayIn } from '../../components/WayIn.tsx';
import { accessOf } from '../../lib/access.ts';
import { readProfilesPage } from '../../lib/profilesPage.ts';

export const metadata: Metadata = { title: 'Profiles' };

export default async function ProfilesPage() {
  const access = await accessOf();
  const { sessions, list, jobs } = await readProfilesPage(access);
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>Profiles</h1>
        <p className={page.lead}>
          Where one variant spends its CPU time under load. Those of a run are on its own page.
        </p>
      </header>
      <Section
        id="sessions"
        title="Sessions"
        subtitle="Each is one variant under the load of its experiment, with 0x before it: the wider a frame, the more samples it was on the CPU in."
        flush={sessions.length > 0}
      >
        {sessions.length > 0 ? (
          <ProfilesTable sessions={sessions} />
        ) : (
          <Absent>
            No session yet. <code>npx dyno profile products --variant naive</code> makes one, and so does the
            form below.
          </Absent>
        )}
      </Section>
      {access === 'full' ? null : <WayIn access={access} />}
      {jobs.map((job) => (
        <JobStatus key={job.id} first={job} goOn={false} />
      ))}
      {list ? (
        <Section id="new-profile" title="New session">
          <NewProfileForm list={list} mayStart={access === 'full'} />
        </Section>
      ) : null}
    </main>
  );
}
