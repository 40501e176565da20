import type { Report } from '@dyno/contracts/report';
import type { EnvironmentFile } from '@dyno/contracts/run';
import { environmentRows } from '@dyno/lab/words';
import type { Run } from '../lib/results.ts';
import type { Problem } from '../lib/runJson.ts';
import styles from './Details.module.css';
import { fileUrl } from './Flamegraphs.tsx';
import { Section } from './Section.tsx';

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
              <span className={styles.hidden}>{goal.passed ? 'met' : 'missed'}</span>
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

export function Environment({ environment }: { environment: EnvironmentFile }) {
  return (
    <Section
      id="environment"
      title="The machine"
      subtitle="Figures of two runs compare only where these agree."
    >
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

export function Files({ run }: { run: Run }) {
  if (run.files.length === 0) return null;
  return (
    <Section id="files" title="Files" subtitle={`Everything above was read from results/${run.id}/.`}>
      <ul className={styles.files}>
        {run.files.map((file) => (
          <li key={file}>
            <a href={fileUrl(run.id, file)}>{file}</a>
          </li>
        ))}
      </ul>
    </Section>
  );
}
