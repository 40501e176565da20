import type { Metadata } from 'next';
import { JobStatus } from '../../components/JobStatus.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { NewProfileForm } from '../../components/NewProfileForm.tsx';
import { ProfilesTable } from '../../components/ProfilesTable.tsx';
import { Section } from '../../components/Section.tsx';
import { WayIn } from '../../components/WayIn.tsx';
import { accessOf } from '../../lib/access.ts';
import { readProfilesPage } from '../../lib/profilesPage.ts';

export const metadata: Metadata = { title: 'Profiles' };

export default async function ProfilesPage() {
  const access = await accessOf();
  const { sessions, choice, jobs } = await readProfilesPage(access);
  return (
    <ListPage
      title="Profiles"
      lead="Where one variant spends its CPU time under load. Those of a run are on its own page."
      list={{
        id: 'sessions',
        title: 'Sessions',
        subtitle:
          'Each is one variant under the load of its experiment, with 0x before it: the wider a frame, the more samples it was on the CPU in.',
        table: sessions.length > 0 ? <ProfilesTable sessions={sessions} /> : null,
        absent: (
          <>
            No session yet. <code>npx dyno profile products --variant naive</code> makes one, and so does the
            form below.
          </>
        ),
      }}
    >
      {access === 'full' ? null : <WayIn access={access} />}
      {jobs.map((job) => (
        <JobStatus key={job.id} first={job} goOn={false} />
      ))}
      {choice ? (
        <Section id="new-profile" title="New session">
          <NewProfileForm {...choice} mayStart={access === 'full'} />
        </Section>
      ) : null}
    </ListPage>
  );
}
