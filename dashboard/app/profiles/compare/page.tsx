import type { ProfileSession } from '@dyno/contracts/profileSession';
import { count, digits } from '@dyno/lab/format';
import type { Metadata } from 'next';
import Link from 'next/link';
import { z } from 'zod';
import { Crumbs } from '../../../components/Crumbs.tsx';
import page from '../../../components/page.module.css';
import { Absent, Section } from '../../../components/Section.tsx';
import styles from '../../../components/start.module.css';
import { type Query, readQuery } from '../../../lib/addressQuery.ts';
import { dateTime } from '../../../lib/dates.ts';
import { profileFileUrl, readProfile } from '../../../lib/profiles.ts';

export const metadata: Metadata = { title: 'Two profiles' };

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'not a session')
  .default('');
const querySchema = z.object({ before: id, after: id });

export default async function CompareProfilesPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { state, notes } = readQuery(querySchema, await searchParams);
  const [before, after] = await Promise.all([readProfile(state.before), readProfile(state.after)]);
  const differing = before && after ? differencesOf(before, after) : [];
  return (
    <main id="main" className={page.main}>
      <Crumbs way={[['Profiles', '/profiles']]} here="two side by side" />
      <header>
        <h1 className={page.title}>
          {before?.variant ?? '?'} → {after?.variant ?? '?'}
        </h1>
        <p className={page.lead}>
          Each flamegraph has its own width: a share of its own samples. Compare shares here; CPU per request
          is what a run compares.
        </p>
      </header>
      {notes.map((note) => (
        <p key={note} className={styles.hint}>
          {note}
        </p>
      ))}
      {differing.length > 0 ? (
        <div className={styles.note} role="note">
          <p>
            <b>They were not made alike:</b> {differing.join('; ')}.
          </p>
        </div>
      ) : null}
      <Section id="flamegraphs" title="Where the CPU time goes">
        <div className={styles.pair}>
          <Side title="Before" session={before} id={state.before} />
          <Side title="After" session={after} id={state.after} />
        </div>
      </Section>
    </main>
  );
}

/** 0x's own page: without our origin, and served with a policy that says the same when it is opened alone. */
function Side({ title, session, id: wanted }: { title: string; session: ProfileSession | null; id: string }) {
  if (!session)
    return (
      <div className={styles.session}>
        <Absent>
          {title}: {wanted === '' ? 'no session is chosen' : `there is no session ${wanted}`}.{' '}
          <Link href="/profiles">Choose one</Link>
        </Absent>
      </div>
    );
  const { id: sessionId, variant, experiment, createdAt, samples, requests, flamegraph, folded } = session;
  return (
    <figure className={styles.session}>
      <figcaption>
        <span>
          {title}: <b>{variant}</b> of {experiment}, {dateTime(createdAt)}
        </span>
        <span className={styles.actions}>
          {count(samples)} samples, {count(requests)} requests
          <a href={profileFileUrl(sessionId, flamegraph)} target="_blank" rel="noreferrer">
            Open alone
          </a>
          <a href={profileFileUrl(sessionId, folded)}>Folded stacks</a>
        </span>
      </figcaption>
      <iframe
        className={styles.embedded}
        sandbox="allow-scripts"
        loading="lazy"
        referrerPolicy="no-referrer"
        src={profileFileUrl(sessionId, flamegraph)}
        title={`${title}: flamegraph of ${variant}`}
      />
    </figure>
  );
}

function differencesOf(before: ProfileSession, after: ProfileSession): string[] {
  const pairs: [string, string, string][] = [
    ['experiment', before.experiment, after.experiment],
    ['users', String(before.vus), String(after.vus)],
    ['seconds', digits(before.seconds), digits(after.seconds)],
    ['requests per second', String(before.ratePerSecond ?? 'open'), String(after.ratePerSecond ?? 'open')],
  ];
  return pairs.filter(([, a, b]) => a !== b).map(([what, a, b]) => `${what} ${a} and ${b}`);
}
