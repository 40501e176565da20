import { VariantLabel } from '@dyno/charts/VariantLabel';
import { duration } from '@dyno/lab/format';
import { loadWords, measuredWords } from '@dyno/lab/words';
import Link from 'next/link';
import { accessOf } from '../lib/access.ts';
import type { Run } from '../lib/results.ts';
import styles from './About.module.css';

/** What the two sides are, and how much was measured. */
export async function About({ run }: { run: Run }) {
  const experiment = run.plan?.experiment;
  const baseline = run.report?.baseline ?? experiment?.baseline;
  const candidate = run.report?.candidate ?? experiment?.candidates[0];
  if (!baseline || !candidate) return null;
  return (
    <section className={styles.about} aria-labelledby="about-title">
      <h2 id="about-title" className={styles.title}>
        What was compared
      </h2>
      <dl className={styles.variants}>
        <div>
          <dt>
            <VariantLabel side="baseline" name={baseline.name} />
          </dt>
          <dd>{baseline.title || 'the baseline'}</dd>
        </div>
        <div>
          <dt>
            <VariantLabel side="candidate" name={candidate.name} />
          </dt>
          <dd>{candidate.title || 'the candidate'}</dd>
        </div>
      </dl>
      <p className={styles.meta}>
        {wordsOf(run).join(' · ')}.{' '}
        <Link href={`/runs/${run.id}/method`} prefetch={false}>
          How it was measured
        </Link>
        {run.plan && (await accessOf()) !== 'only-reads' ? (
          <Link href={`/new?repeat=${run.id}`} prefetch={false} className={styles.repeat}>
            Repeat with changes
          </Link>
        ) : null}
      </p>
    </section>
  );
}

function wordsOf({ report, plan }: Run): string[] {
  const load = plan ? [loadWords(plan.experiment.load)] : [];
  if (report) return [...measuredWords(report), ...load];
  if (!plan) return [];
  return [
    `${plan.planName} plan`,
    `${plan.plan.blocks.min} to ${plan.plan.blocks.max} blocks`,
    `windows of ${duration(plan.plan.windowSeconds)}`,
    `${plan.mode} mode`,
    ...load,
  ];
}
