import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { Report } from '@dyno/contracts/report';
import { beforeAfter, duration } from '@dyno/lab/format';
import { isCertain, markedChange, measuredWords, partsOfSentence, verdictMarks } from '@dyno/lab/words';
import Link from 'next/link';
import { dateTime } from '../lib/dates.ts';
import type { Run } from '../lib/results.ts';
import styles from './RunHead.module.css';

/** The answer in one sentence, then how far it can be trusted. */
export function RunHead({ report }: { report: Report }) {
  const { word, answer, more } = partsOfSentence(report.sentence);
  return (
    <header className={styles.head} data-verdict={report.verdict}>
      <Kicker title={report.title} experiment={report.experiment} />
      <h1 className={styles.sentence} id="sentence">
        <span className={styles.word} data-mark={verdictMarks[report.verdict]}>
          {word}
        </span>
        {answer}
        <span className={styles.more}>{more}</span>
      </h1>
      <dl className={styles.variants}>
        <div>
          <dt>
            <VariantLabel side="baseline" name={report.baseline.name} />
          </dt>
          <dd>{report.baseline.title}</dd>
        </div>
        <div>
          <dt>
            <VariantLabel side="candidate" name={report.candidate.name} />
          </dt>
          <dd>{report.candidate.title}</dd>
        </div>
      </dl>
      <p className={styles.meta}>{[dateTime(report.createdAt), ...measuredWords(report)].join('  ·  ')}</p>
    </header>
  );
}

function Kicker({ title, experiment }: { title: string; experiment: string }) {
  return (
    <p className={styles.kicker}>
      {title}{' '}
      <Link href={`/experiments/${experiment}`} prefetch={false}>
        History
      </Link>
    </p>
  );
}

/** A run without a report: what was planned. */
export function PlannedHead({ run }: { run: Run }) {
  const { plan } = run;
  if (!plan) return <h1 className={styles.sentence}>{run.id}</h1>;
  const { experiment } = plan;
  const [candidate] = experiment.candidates;
  return (
    <header className={styles.head}>
      <Kicker title={experiment.name} experiment={experiment.name} />
      <h1 className={styles.sentence}>{experiment.title}</h1>
      <dl className={styles.variants}>
        <div>
          <dt>
            <VariantLabel side="baseline" name={experiment.baseline.name} />
          </dt>
          <dd>{experiment.baseline.title}</dd>
        </div>
        {candidate ? (
          <div>
            <dt>
              <VariantLabel side="candidate" name={candidate.name} />
            </dt>
            <dd>{candidate.title}</dd>
          </div>
        ) : null}
      </dl>
      <p className={styles.meta}>
        {[
          dateTime(plan.createdAt),
          `${plan.planName} plan`,
          `${plan.plan.blocks.min} to ${plan.plan.blocks.max} blocks`,
          `windows of ${duration(plan.plan.windowSeconds)}`,
          `${experiment.load.vus} virtual users`,
          `${plan.mode} mode`,
        ].join('  ·  ')}
      </p>
    </header>
  );
}

/** Four figures for whoever only glances. */
export function Tiles({ report }: { report: Report }) {
  const names = [...new Set([report.primary, 'latency.p95', 'throughput', 'cpu.perRequest', 'latency.mean'])];
  const metrics = names
    .flatMap((name) => report.metrics.find((metric) => metric.name === name) ?? [])
    .slice(0, 4);
  return (
    <ul className={styles.tiles} aria-label="Key figures">
      {metrics.map((metric) => (
        <li key={metric.name} className={styles.tile}>
          <span className={styles.tileTitle}>{metric.title}</span>
          <span className={styles.tileChange} data-certain={isCertain(metric)}>
            {markedChange(metric)}
          </span>
          <span className={styles.tileValues}>
            {beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit)}
          </span>
        </li>
      ))}
    </ul>
  );
}
