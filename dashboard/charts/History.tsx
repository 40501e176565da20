import { change, quantity } from '@dyno/lab/format';
import { ticksWithin } from '../lib/series.ts';
import styles from './History.module.css';

export interface HistoryDot {
  runId: string;
  /** The day, in words. */
  date: string;
  value: number;
  low: number | null;
  high: number | null;
  /** What is different from the run before: the machine or its programs; empty where nothing is. */
  moved: string[];
  /** A run that does not count is shown, and decides nothing. */
  counts: boolean;
}

/** Runs between two changes, and where the metric stood meanwhile. */
export interface HistorySegment {
  from: number;
  to: number;
  level: number;
}

const width = 1100;
const height = 340;
const left = 70;
const right = 24;
const top = 26;
const bottom = 44;

/** A figure in its unit; the ratio to the baseline is told as a change. */
const words = (value: number, unit: string): string =>
  unit === 'ratio' ? change(value) : quantity(value, unit);

/** A dot and its interval per run, the level between change points as a step; nothing is joined across another machine. */
export function History({
  title,
  unit,
  dots,
  segments,
  changes,
  baseline,
}: {
  title: string;
  unit: string;
  dots: HistoryDot[];
  segments: HistorySegment[];
  /** Index of the first run after each change point. */
  changes: number[];
  /** Index of the established baseline. */
  baseline: number | null;
}) {
  const bounds = dots
    .flatMap(({ value, low, high }) => [value, low ?? value, high ?? value])
    .filter((v) => v > 0);
  if (bounds.length === 0) return null;
  const room = Math.max(1.02, (Math.max(...bounds) / Math.min(...bounds)) ** 0.08);
  const [least, most] = [Math.min(...bounds) / room, Math.max(...bounds) * room];
  const y = (value: number) =>
    top + (1 - Math.log(Math.max(value, least) / least) / Math.log(most / least)) * (height - top - bottom);
  const x = (index: number) => left + ((index + 0.5) / dots.length) * (width - left - right);
  const between = (index: number) => (x(index) + x(index - 1)) / 2;
  const marked = baseline === null ? undefined : dots[baseline];
  const summary = `${title} in ${dots.length} runs: ${dots.map(({ date, value }) => `${date} ${words(value, unit)}`).join(', ')}.`;
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className={styles.plot} aria-label={summary}>
      <title>{summary}</title>
      {ticksWithin(least, most).map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} className={styles.grid} />
          <text x={left - 8} y={y(tick) + 4} textAnchor="end" className={styles.text}>
            {words(tick, unit)}
          </text>
        </g>
      ))}
      {marked ? (
        <line
          x1={left}
          x2={width - right}
          y1={y(marked.value)}
          y2={y(marked.value)}
          className={styles.baseline}
        />
      ) : null}
      {dots.map(({ runId, moved }, index) =>
        moved.length > 0 && index > 0 ? (
          <g key={runId} data-moved={runId}>
            <line
              x1={between(index)}
              x2={between(index)}
              y1={top - 8}
              y2={height - bottom}
              className={styles.moved}
            />
            <text x={between(index)} y={top - 12} textAnchor="middle" className={styles.movedWord}>
              another environment
            </text>
          </g>
        ) : null,
      )}
      {changes.map((index) => (
        <g key={index} data-change={index}>
          <line
            x1={between(index)}
            x2={between(index)}
            y1={top}
            y2={height - bottom}
            className={styles.change}
          />
          <text x={between(index) + 6} y={height - bottom - 6} className={styles.changeWord}>
            change
          </text>
        </g>
      ))}
      {segments.map(({ from, to, level }) => (
        <line
          key={from}
          x1={x(from) - (x(1) - x(0)) * 0.4}
          x2={x(to) + (x(1) - x(0)) * 0.4}
          y1={y(level)}
          y2={y(level)}
          className={styles.level}
        />
      ))}
      {dots.map((dot, index) => (
        <Dot key={dot.runId} dot={dot} x={x(index)} y={y} isBaseline={index === baseline} unit={unit} />
      ))}
      {dateTicks(dots.length).map((index) => (
        <text key={index} x={x(index)} y={height - bottom + 20} textAnchor="middle" className={styles.text}>
          {dots[index]?.date}
        </text>
      ))}
    </svg>
  );
}

function Dot({
  dot: { runId, date, value, low, high, counts },
  x,
  y,
  isBaseline,
  unit,
}: {
  dot: HistoryDot;
  x: number;
  y: (value: number) => number;
  isBaseline: boolean;
  unit: string;
}) {
  return (
    <a href={`/runs/${runId}`} aria-label={`${runId}, ${date}: ${words(value, unit)}`}>
      {low !== null && high !== null ? (
        <line x1={x} x2={x} y1={y(high)} y2={y(low)} className={styles.interval} />
      ) : null}
      {isBaseline ? <circle cx={x} cy={y(value)} r="10" className={styles.ring} /> : null}
      <circle cx={x} cy={y(value)} r="5.500" className={counts ? styles.dot : styles.hollow} />
    </a>
  );
}

/** As many dates as have room. */
function dateTicks(runs: number): number[] {
  const step = Math.max(1, Math.ceil(runs / 8));
  return Array.from({ length: Math.ceil(runs / step) }, (_, index) => index * step);
}
