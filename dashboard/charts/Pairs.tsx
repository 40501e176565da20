import type { MetricResult } from '@dyno/contracts/report';
import { change, quantity } from '@dyno/lab/format';
import { ticksWithin } from '../lib/series.ts';
import styles from './Pairs.module.css';

const width = 520;
const height = 300;
const top = 14;
const bottom = 30;
const plotHeight = height - top - bottom;

/** A line per block from before to after, and beside it the ratio of each block with the interval of all: paired, not two bars. */
export function Pairs({
  metric,
  names,
}: {
  metric: MetricResult;
  names: { baseline: string; candidate: string };
}) {
  const pairs = metric.pairs.filter((pair) => pair.baseline > 0 && pair.candidate > 0);
  const values = pairs.flatMap((pair) => [pair.baseline, pair.candidate]);
  const room = Math.max(1.02, (Math.max(...values) / Math.min(...values)) ** 0.12);
  const [least, most] = [Math.min(...values) / room, Math.max(...values) * room];
  const y = logPlace(least, most);
  const ratios = pairs.map((pair) => pair.candidate / pair.baseline);
  const interval = metric.ratio;
  const bounds = [...ratios, ...(interval ? [interval.low, interval.high] : [])].filter((value) => value > 0);
  const spread = Math.max(1.02, (Math.max(...bounds) / Math.min(...bounds)) ** 0.25);
  const r = logPlace(Math.min(...bounds) / spread, Math.max(...bounds) * spread);
  const summary = `${metric.title} in each of ${pairs.length} blocks: ${pairs
    .map((pair) => `block ${pair.block} ${change(pair.candidate / pair.baseline)}`)
    .join(', ')}.`;
  return (
    <svg viewBox={`-18 0 ${width + 40} ${height}`} className={styles.plot} role="img" aria-label={summary}>
      <title>{summary}</title>
      {ticksWithin(least, most).map((tick) => (
        <g key={tick}>
          <line x1="56" x2="270" y1={y(tick)} y2={y(tick)} className={styles.grid} />
          <text x="50" y={y(tick) + 4} textAnchor="end" className={styles.text}>
            {quantity(tick, metric.unit)}
          </text>
        </g>
      ))}
      {pairs.map((pair) => (
        <g key={pair.block}>
          <line x1="100" x2="226" y1={y(pair.baseline)} y2={y(pair.candidate)} className={styles.pair} />
          <circle cx="100" cy={y(pair.baseline)} r="4" className={styles.baseline} />
          <circle cx="226" cy={y(pair.candidate)} r="4" className={styles.candidate} />
        </g>
      ))}
      <text x="100" y={height - 8} textAnchor="middle" className={styles.name}>
        {short(names.baseline)}
      </text>
      <text x="226" y={height - 8} textAnchor="middle" className={styles.name}>
        {short(names.candidate)}
      </text>
      <line x1="318" x2="318" y1={top} y2={height - bottom} className={styles.axis} />
      {interval && interval.low > 0 ? (
        <g>
          <rect
            x="318"
            width="132"
            y={r(interval.high)}
            height={Math.max(1, r(interval.low) - r(interval.high))}
            className={styles.band}
          />
          <line
            x1="318"
            x2="450"
            y1={r(interval.estimate)}
            y2={r(interval.estimate)}
            className={styles.estimate}
          />
          {labels(interval, r).map(({ text, at, strong }) => (
            <text key={text} x="456" y={at + 4} className={strong ? styles.strong : styles.text}>
              {text}
            </text>
          ))}
        </g>
      ) : null}
      {pairs.map((pair, index) => (
        <circle
          key={pair.block}
          cx={336 + ((index + 0.5) * 96) / pairs.length}
          cy={r(pair.candidate / pair.baseline)}
          r="4"
          className={styles.candidate}
        />
      ))}
      <text x="384" y={height - 8} textAnchor="middle" className={styles.text}>
        ratio of each block
      </text>
    </svg>
  );
}

/** Estimate and bounds beside their lines; bounds leave where they would lie on the estimate. */
function labels(interval: { estimate: number; low: number; high: number }, place: (ratio: number) => number) {
  const middle = place(interval.estimate);
  const found = [{ text: change(interval.estimate), at: middle, strong: true }];
  for (const bound of [interval.low, interval.high])
    if (Math.abs(place(bound) - middle) > 15)
      found.push({ text: change(bound), at: place(bound), strong: false });
  return found;
}

function logPlace(least: number, most: number): (value: number) => number {
  return (value) => top + plotHeight * (1 - Math.log(value / least) / Math.log(most / least));
}

const short = (name: string): string => (name.length > 18 ? `${name.slice(0, 17)}…` : name);
