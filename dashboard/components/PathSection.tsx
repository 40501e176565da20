import { isCut, Path } from '@dyno/charts/Path';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { pathWords } from '@dyno/lab/words';
import { floorInterval } from '../lib/words.ts';
import styles from './PathSection.module.css';
import { Section } from './Section.tsx';
import { VerdictChip } from './VerdictChip.tsx';

/** How the interval narrowed, look by look: the primary metric stops the run, the others are beside it. */
export function PathSection({ report }: { report: Report }) {
  const drawn = report.metrics.filter((metric) => metric.path.length > 0);
  const primary = drawn.find(({ name }) => name === report.primary);
  if (!primary) return null;
  const others = drawn.filter((metric) => metric !== primary);
  const margin = { low: 1 / (1 + report.margin), high: 1 + report.margin };
  const cut = drawn.some(({ path, noiseFloor }) => isCut(path, margin, floorInterval(noiseFloor)));
  const chart = (metric: MetricResult, size: 'large' | 'small') => (
    <Path
      metric={metric}
      blocksMax={report.blocksMax}
      margin={margin}
      floor={floorInterval(metric.noiseFloor)}
      size={size}
    />
  );
  return (
    <Section id="path" title="How the interval narrowed" subtitle={pathWords(report, cut)}>
      <h3 className={styles.title}>
        {primary.title} <small>decides when the run may stop</small>
      </h3>
      <div className={styles.large}>{chart(primary, 'large')}</div>
      {/* The large one would be too small to read on a narrow screen. */}
      <div className={styles.narrow}>{chart(primary, 'small')}</div>
      {others.length > 0 ? (
        <ul className={styles.others}>
          {others.map((metric) => (
            <li key={metric.name}>
              <h3 className={styles.title}>
                {metric.title} <VerdictChip verdict={metric.verdict} />
              </h3>
              {chart(metric, 'small')}
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  );
}
