import type { Report } from '@dyno/contracts/report';
import { plural } from '@dyno/lab/format';
import { fineModeWords, modeWords, pilotWords, planRows, sentenceCase, wordsOfCause } from '@dyno/lab/words';
import { dateTime } from '../lib/dates.ts';
import type { Run } from '../lib/results.ts';
import styles from './Method.module.css';
import { Section } from './Section.tsx';
import tables from './tables.module.css';

/** May I trust it? How it was measured, what was left out, and what this machine can tell apart. */
export function Method({ run, report }: { run: Run; report: Report }) {
  return (
    <Section id="method" title="How it was measured" subtitle={report.method}>
      <div className={styles.parts}>
        <Mode run={run} report={report} />
        <Facts rows={planRows(report, run.plan, dateTime)} />
        <Exclusions report={report} />
      </div>
    </Section>
  );
}

function Mode({ run, report }: { run: Run; report: Report }) {
  const pilot = run.plan?.pilot ?? null;
  return (
    <div className={styles.mode}>
      <h3 className={styles.title}>{sentenceCase(modeWords[report.mode])}</h3>
      <p>{sentenceCase(report.modeReason)}</p>
      {report.mode === 'fine' ? <p>{fineModeWords(run.plan, report.seed)}</p> : null}
      {pilot ? <p className={styles.muted}>{pilotWords(pilot)}</p> : null}
    </div>
  );
}

function Facts({ rows }: { rows: [string, string][] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Every round that does not count, by cause; none is left out for being slow. */
function Exclusions({ report: { exclusions } }: { report: Report }) {
  if (exclusions.length === 0)
    return <p className={styles.muted}>No round was left out: every one that was measured counts.</p>;
  const byCause = [...Map.groupBy(exclusions, ({ cause }) => cause)];
  return (
    <div className={tables.scroll}>
      <table className={`${tables.plain} ${styles.exclusions}`}>
        <caption className={styles.title}>
          {plural(exclusions.length, 'round')} left out, for a cause that is not their outcome
        </caption>
        <thead>
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Round</th>
            <th scope="col">Block</th>
            <th scope="col" className={tables.text}>
              Variant
            </th>
            <th scope="col" className={tables.text}>
              Detail
            </th>
          </tr>
        </thead>
        <tbody>
          {byCause.flatMap(([cause, rounds]) =>
            rounds.map((exclusion, index) => (
              <tr key={exclusion.round}>
                {index === 0 ? (
                  <th scope="rowgroup" rowSpan={rounds.length}>
                    {wordsOfCause(cause)}
                  </th>
                ) : null}
                <td className={styles.figure}>{exclusion.round}</td>
                <td className={styles.figure}>{exclusion.block}</td>
                <td className={tables.text}>{exclusion.variant}</td>
                <td className={styles.detail}>{exclusion.detail}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
