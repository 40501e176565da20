import styles from './IntervalLane.module.css';
import type { Axis } from './scale.ts';

/** About the dot's width: an interval inside it has no whiskers to show. */
const dotPercent = 3.2;

/** One row of the interval plot: dot = estimate, bar = interval, shaded = margin, dashed line = no change, dotted = noise floor. Drawn on the server. */
export function IntervalLane({
  axis,
  interval,
  none,
  margin,
  floor = null,
  label,
}: {
  axis: Axis;
  interval: { estimate: number; low: number; high: number };
  /** The value that means no change: 1 for ratios, 0 for differences. */
  none: number;
  /** Values inside which the variants count as equivalent; null where there is no margin. */
  margin: { low: number; high: number } | null;
  /** What identical variants reach on this machine; null where nobody has measured that. */
  floor?: { low: number; high: number } | null;
  label: string;
}) {
  const [low, high, at, zero] = [interval.low, interval.high, interval.estimate, none].map(axis.place) as [
    number,
    number,
    number,
    number,
  ];
  return (
    <svg className={styles.lane} role="img" aria-label={label}>
      <title>{label}</title>
      {margin ? (
        <rect
          x={`${axis.place(margin.low)}%`}
          width={`${axis.place(margin.high) - axis.place(margin.low)}%`}
          y="0"
          height="100%"
          className={styles.margin}
        />
      ) : null}
      {axis.ticks.map((tick) => (
        <line
          key={tick.label}
          x1={`${tick.at}%`}
          x2={`${tick.at}%`}
          y1="0"
          y2="100%"
          className={styles.grid}
        />
      ))}
      {floor
        ? [floor.low, floor.high].map((value) => (
            <line
              key={value}
              x1={`${axis.place(value)}%`}
              x2={`${axis.place(value)}%`}
              y1="0"
              y2="100%"
              className={styles.floor}
            />
          ))
        : null}
      <line x1={`${zero}%`} x2={`${zero}%`} y1="0" y2="100%" className={styles.none} />
      <line x1={`${zero}%`} x2={`${at}%`} y1="50%" y2="50%" className={styles.reach} />
      <line x1={`${low}%`} x2={`${high}%`} y1="50%" y2="50%" className={styles.interval} />
      {high - low > dotPercent ? (
        <>
          <line x1={`${low}%`} x2={`${low}%`} y1="32%" y2="68%" className={styles.whisker} />
          <line x1={`${high}%`} x2={`${high}%`} y1="32%" y2="68%" className={styles.whisker} />
        </>
      ) : null}
      <circle cx={`${at}%`} cy="50%" r="5" className={styles.dot} />
    </svg>
  );
}

/** The axis above the rows. */
export function IntervalAxis({ axis }: { axis: Axis }) {
  return (
    <svg className={styles.axis} aria-hidden="true">
      {axis.ticks.map((tick) => (
        <text key={tick.label} x={`${tick.at}%`} y="12" textAnchor="middle" className={styles.tick}>
          {tick.label}
        </text>
      ))}
    </svg>
  );
}
