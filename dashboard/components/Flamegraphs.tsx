import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { EvidenceFile } from '@dyno/contracts/run';
import { count, digits } from '@dyno/lab/format';
import type { Run } from '../lib/results.ts';
import styles from './Flamegraphs.module.css';
import { Absent, Section } from './Section.tsx';

type Profile = EvidenceFile['profiles'][number];

/**
 * 0x's own pages, made from the measured service's names: embedded without our origin, so that nothing in them can read or ask
 * anything, and served with a policy that says the same when they are opened alone.
 */
export function Flamegraphs({ run, names }: { run: Run; names: { baseline: string; candidate: string } }) {
  const sides = (['baseline', 'candidate'] as const).map((side) => ({
    side,
    name: names[side],
    profile: run.evidence?.profiles.find((profile) => profile.variant === names[side]) ?? null,
  }));
  const none = sides.every(({ profile }) => profile === null);
  return (
    <Section
      id="flamegraphs"
      title="Where the CPU time goes"
      subtitle="A flamegraph per variant, sampled under the same load after the measured rounds. The wider a frame, the larger its share of the variant's own samples: hold shares against each other, and samples per request for how much it was in all."
    >
      {none ? (
        <Absent>
          No flamegraph was kept: {whyNone(run)}. <code>npx dyno profile</code> makes one of a variant at any
          time.
        </Absent>
      ) : (
        <div className={styles.pair}>
          {sides.map(({ side, name, profile }) => (
            <figure key={side} className={styles.figure}>
              <figcaption className={styles.caption}>
                <VariantLabel side={side} name={name} />
                {profile ? <Links run={run} profile={profile} /> : null}
              </figcaption>
              {profile && run.files.includes(profile.flamegraph) ? (
                <iframe
                  className={styles.embedded}
                  sandbox="allow-scripts"
                  loading="lazy"
                  referrerPolicy="no-referrer"
                  src={fileUrl(run.id, profile.flamegraph)}
                  title={`Flamegraph of ${name}`}
                />
              ) : (
                <Absent>
                  No flamegraph of {name} was kept{reasonOf(run, name)}.
                </Absent>
              )}
            </figure>
          ))}
        </div>
      )}
    </Section>
  );
}

function whyNone(run: Run): string {
  if (run.evidence && run.evidence.missing.length > 0) return run.evidence.missing.join('; ');
  if (run.plan?.plan.profilePassSeconds === 0)
    return 'its plan has no profile pass (profilePassSeconds is 0)';
  return 'the profile pass has not run';
}

function reasonOf(run: Run, name: string): string {
  const line = run.evidence?.missing.find((text) => text.startsWith(`flamegraph of ${name}: `));
  return line ? line.slice(line.indexOf(':')) : '';
}

function Links({ run, profile }: { run: Run; profile: Profile }) {
  return (
    <span className={styles.links}>
      <span>
        {count(profile.samples)} samples, {count(profile.requests)} requests
        {profile.requests > 0 ? `, ${digits(profile.samples / profile.requests)} a request` : null}
      </span>
      <a href={fileUrl(run.id, profile.flamegraph)} target="_blank" rel="noreferrer">
        Open alone
      </a>
      <a href={fileUrl(run.id, profile.folded)}>Folded stacks</a>
    </span>
  );
}

export const fileUrl = (id: string, file: string): string => `/runs/${id}/files/${file}`;
