'use client';

import { Pairs } from '@dyno/charts/Pairs';
import { pairsTitle } from '@dyno/charts/titles';
import type { MetricResult } from '@dyno/contracts/report';
import { levelOf } from '@dyno/lab/format';
import styles from './ChartFrame.module.css';
import { ChartFrame } from './ChartFrame.tsx';
import { BlocksTable } from './figures.tsx';
import { useView } from './View.tsx';

/** What there is of a metric from its first whole block on. */
export type PairedMetric = Pick<MetricResult, 'name' | 'title' | 'unit' | 'better' | 'pairs' | 'ratio'>;

/** The blocks of one metric; the reader chooses which. */
export function BlocksFrame({
  metrics,
  primary,
  isJudged,
}: {
  metrics: PairedMetric[];
  primary: string;
  isJudged: boolean;
}) {
  const { names, state, set } = useView();
  const metric =
    metrics.find(({ name }) => name === state.metric) ??
    metrics.find(({ name }) => name === primary) ??
    metrics[0];
  if (!metric) return null;
  const { ratio, pairs, title } = metric;
  const picker =
    metrics.length > 1 ? (
      <label className={styles.pick}>
        Metric
        <select
          value={metric.name}
          onChange={(event) => {
            const chosen = metrics.find(({ name }) => name === event.target.value);
            set({ ...state, metric: !chosen || chosen.name === primary ? null : chosen.name });
          }}
        >
          {metrics.map((one) => (
            <option key={one.name} value={one.name}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
    ) : undefined;
  return (
    <ChartFrame
      id="blocks"
      title={isJudged ? pairsTitle(metric, names) : 'Every block so far, without a verdict'}
      subtitle={`${title}, logarithmic; ${pairs.length} ${pairs.length === 1 ? 'block' : 'blocks'}${ratio ? `; band: ${levelOf(ratio.level)} interval of the ratio` : ''}`}
      howToRead="Each line is one block: both variants measured right after each other, in random order. Left its two values, right their ratio. The verdict rests on these ratios, not on the two averages: what disturbed the machine in a block disturbed both."
      drawn={<Pairs metric={metric} names={names} />}
      table={<BlocksTable metric={metric} names={names} />}
      controls={picker}
      legend={false}
    />
  );
}
