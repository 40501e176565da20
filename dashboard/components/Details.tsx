import type { Report } from '@dyno/contracts/report';
import type { EnvironmentFile } from '@dyno/contracts/run';
import { bytes } from '@dyno/lab/format';
import { environmentRows } from '@dyno/lab/words';
import Link from 'next/link';
import type { Difference } from '../lib/differences.ts';
import type { ListedFile } from '../lib/fileList.ts';
import type { Run } from '../lib/results.ts';
import type { Problem } from '../lib/runJson.ts';
import styles from './Details.module.css';
import { fileUrl } from './Flamegraphs.tsx';
import { Section } from './Section.tsx';
import tables from './tables.module.css';

/** The goals, each with the reason why it is met or missed. */
export function Goals({ report }: { report: Report }) {
  if (report.thresholds.length === 0) return null;
  return (
    <div className={styles.goals} id="goals">
      <h3 className={styles.goalsTitle}>Goals for {report.candidate.name}</h3>
      <ul aria-label={`Goals for ${report.candidate.name}`}>
        {report.thresholds.map((goal) => (
          <li key={goal.threshold} className={styles.goal} data-passed={goal.passed}>
            <span className={styles.goalMark}>
              <span aria-hidden="true">{goal.passed ? '✓' : '✕'}</span>
              <span className="visually-hidden">{goal.passed ? 'met' : 'missed'}</span>
            </span>
            <code>{goal.threshold}</code>
            <span>{goal.detail}</span>
            <small>{goal.kind === 'relative' ? `against ${report.baseline.name}` : 'on its own'}</small>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Notes({ report, problems }: { report: Report | null; problems: Problem[] }) {
  const notes = report?.notes ?? [];
  if (notes.length + problems.length === 0) return null;
  return (
    <Section id="notes" title="What else to know">
      <ul className={styles.notes}>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        {problems.map((problem) => (
          <li key={`${problem.file} ${problem.message}`}>
            <code>{problem.file}</code> {problem.message}.
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The machine of this run, and first of all what it does not share with the run before. */
export function Environment({
  environment,
  before,
}: {
  environment: EnvironmentFile;
  before: { id: string; differences: Difference[] } | null;
}) {
  return (
    <Section
      id="environment"
      title="The machine"
      subtitle="Figures of two runs compare only where these agree."
    >
      {before ? <Since id={before.id} differences={before.differences} /> : null}
      <dl className={styles.environment}>
        {environmentRows(environment).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Since({ id, differences }: { id: string; differences: Difference[] }) {
  const run = (
    <Link href={`/runs/${id}`} prefetch={false}>
      {id}
    </Link>
  );
  if (differences.length === 0)
    return (
      <p className={styles.same}>
        <span aria-hidden="true">✓ </span>The same machine and versions as in the run before, {run}.
      </p>
    );
  return (
    <div className={styles.moved}>
      <p>
        <span aria-hidden="true">! </span>
        <strong>Not the machine of the run before</strong>, {run}: figures of the two do not compare.
      </p>
      <ul>
        {differences.map(({ field, a, b }) => (
          <li key={field}>
            {field}: <code>{a}</code> → <code>{b}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Everything that the run left, by what it is for. */
export function Files({ run, groups }: { run: Run; groups: { title: string; files: ListedFile[] }[] }) {
  if (groups.length === 0) return null;
  return (
    <Section
      id="files"
      title="Files"
      subtitle={
        <>
          Below <code>results/{run.id}/</code>; the raw samples, a row for each request, are Parquet files in
          its folder <code>samples</code>.
        </>
      }
      flush
    >
      <div className={tables.scroll}>
        <table className={`${tables.table} ${tables.lined} ${styles.files}`}>
          <caption hidden>Files of this run</caption>
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">What is in it</th>
              <th scope="col" className={tables.number}>
                Size
              </th>
            </tr>
          </thead>
          {groups.map(({ title, files }) => (
            <tbody key={title}>
              <tr className={tables.group}>
                <th scope="rowgroup" colSpan={3}>
                  {title}
                </th>
              </tr>
              {files.map(({ file, about, bytes: size }) => (
                <tr key={file}>
                  <th scope="row">
                    <a href={fileUrl(run.id, file)}>{file}</a>
                  </th>
                  <td>{about}</td>
                  <td className={tables.number}>{bytes(size)}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </Section>
  );
}
