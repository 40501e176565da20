import { plural } from '@dyno/lab/format';
import Link from 'next/link';
import {
  type OutcomeWord,
  type RunList,
  type RunsQuery,
  runsAddress,
  runsQuerySchema,
} from '../lib/runList.ts';
import { outcomeMark, outcomeTitle } from '../lib/words.ts';
import { FollowingForm } from './FollowingForm.tsx';
import styles from './RunsFilter.module.css';

/** What of the runs is listed. A form and links, so that it works without a script; with one it follows what is typed. */
export function RunsFilter({ query, list, notes }: { query: RunsQuery; list: RunList; notes: string[] }) {
  return (
    <section className={styles.filter} aria-label="Which runs">
      <FollowingForm action="/" values={valuesOf(query)} className={styles.form}>
        <label className={styles.search}>
          <span>Search</span>
          <input
            type="search"
            name="q"
            defaultValue={query.q}
            maxLength={200}
            placeholder="title, variant, run id, commit"
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <label>
          <span>Experiment</span>
          <select name="experiment" defaultValue={query.experiment}>
            <option value="">all</option>
            {experimentsOf(query, list).map(({ name, runs }) => (
              <option key={name} value={name}>
                {name} ({runs})
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>From</span>
          <input type="date" name="since" defaultValue={query.since} />
        </label>
        <label>
          <span>To</span>
          <input type="date" name="until" defaultValue={query.until} />
        </label>
        {query.verdict === '' ? null : <input type="hidden" name="verdict" value={query.verdict} />}
        <button type="submit">Filter</button>
      </FollowingForm>
      <Outcomes query={query} list={list} />
      {notes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
      {list.matching === 0 ? (
        <p className={styles.nothing} role="status">
          No run matches.{' '}
          <Link href={runsAddress(runsQuerySchema.parse({}), {})} prefetch={false}>
            Show all {plural(list.total, 'run')}
          </Link>
        </p>
      ) : null}
    </section>
  );
}

const valuesOf = ({ q, experiment, since, until, verdict }: RunsQuery): Record<string, string> => ({
  q,
  experiment,
  since,
  until,
  verdict,
});

/** The chosen one stays, also where the other filters leave nothing of it. */
function experimentsOf({ experiment }: RunsQuery, { experiments }: RunList): RunList['experiments'] {
  if (experiment === '' || experiments.some(({ name }) => name === experiment)) return experiments;
  return [...experiments, { name: experiment, runs: 0 }];
}

function Outcomes({ query, list: { outcomes } }: { query: RunsQuery; list: RunList }) {
  const all = outcomes.reduce((sum, { runs }) => sum + runs, 0);
  return (
    <nav aria-label="Verdict" className={styles.outcomes}>
      <Outcome query={query} name="" runs={all} />
      {outcomes.map(({ name, runs }) => (
        <Outcome key={name} query={query} name={name} runs={runs} />
      ))}
    </nav>
  );
}

function Outcome({ query, name, runs }: { query: RunsQuery; name: OutcomeWord | ''; runs: number }) {
  return (
    <Link
      href={runsAddress(query, { verdict: name === query.verdict ? '' : name })}
      prefetch={false}
      scroll={false}
      className={styles.outcome}
      data-outcome={name}
      aria-current={name === query.verdict ? 'true' : undefined}
    >
      {name === '' ? null : (
        <span aria-hidden="true" className={styles.mark}>
          {outcomeMark(name)}
        </span>
      )}
      {name === '' ? 'all' : outcomeTitle(name)}
      <span className={styles.count}>{runs.toLocaleString('en')}</span>
    </Link>
  );
}
