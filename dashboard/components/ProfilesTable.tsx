import type { ProfileSession } from '@dyno/contracts/profileSession';
import { count, digits, duration } from '@dyno/lab/format';
import { dateTime } from '../lib/dates.ts';
import { profileFileUrl } from '../lib/profiles.ts';
import styles from './start.module.css';
import tables from './tables.module.css';

/** Sessions to open, and two of them to put side by side; a plain form, so that it works without a script. */
export function ProfilesTable({ sessions }: { sessions: readonly ProfileSession[] }) {
  const [newest, second] = sessions;
  return (
    <form action="/profiles/compare">
      <div className={styles.table}>
        <table className={`${tables.table} ${tables.lined}`}>
          <caption className="visually-hidden">Sessions of dyno profile, the newest first</caption>
          <thead>
            <tr>
              <th scope="col" className={styles.pick}>
                Before
              </th>
              <th scope="col" className={styles.pick}>
                After
              </th>
              <th scope="col">Variant</th>
              <th scope="col">When</th>
              <th scope="col" className={tables.number}>
                Load
              </th>
              <th scope="col" className={tables.number}>
                Samples
              </th>
              <th scope="col" className={tables.number}>
                Requests
              </th>
              <th scope="col">Open</th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <Row
                key={session.id}
                session={session}
                isBefore={session === (second ?? newest)}
                isAfter={session === newest}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className={`${styles.buttons} ${styles.below}`}>
        <button type="submit" className={styles.button}>
          Put the two side by side
        </button>
      </p>
    </form>
  );
}

function Row({
  session,
  isBefore,
  isAfter,
}: {
  session: ProfileSession;
  isBefore: boolean;
  isAfter: boolean;
}) {
  const { id, createdAt, experiment, variant, vus, ratePerSecond, seconds, samples, requests } = session;
  const what = `${variant} of ${experiment}, ${dateTime(createdAt)}`;
  return (
    <tr>
      <td className={styles.pick}>
        <input
          type="radio"
          name="before"
          value={id}
          defaultChecked={isBefore}
          aria-label={`Before: ${what}`}
        />
      </td>
      <td className={styles.pick}>
        <input type="radio" name="after" value={id} defaultChecked={isAfter} aria-label={`After: ${what}`} />
      </td>
      <td>
        <b>{variant}</b> <span className={tables.muted}>{experiment}</span>
      </td>
      <td>{dateTime(createdAt)}</td>
      <td className={tables.number}>
        {vus} users{ratePerSecond === null ? '' : `, ${digits(ratePerSecond)}/s`}, {duration(seconds)}
      </td>
      <td className={tables.number}>{count(samples)}</td>
      <td className={tables.number}>{count(requests)}</td>
      <td>
        <span className={styles.actions}>
          <a href={profileFileUrl(id, session.flamegraph)} target="_blank" rel="noreferrer">
            Flamegraph<span className="visually-hidden"> of {what}</span>
          </a>
          <a href={profileFileUrl(id, session.folded)}>
            Folded stacks<span className="visually-hidden"> of {what}</span>
          </a>
        </span>
      </td>
    </tr>
  );
}
