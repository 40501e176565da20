import { digits, milliseconds } from '@dyno/lab/format';
import { VariantLabel } from '../components/VariantLabel.tsx';
import styles from './CpuBars.module.css';

interface Bar {
  side: 'baseline' | 'candidate';
  name: string;
  parts: { process: string; ms: number }[];
  totalMs: number;
}

const steps = 5;

/** CPU ms of one request as a bar per variant, by process; a much shorter bar is drawn again, magnified, on its own axis. */
export function CpuBars({
  names,
  cpuMsPerRequest,
}: {
  names: { baseline: string; candidate: string };
  cpuMsPerRequest: { baseline: Record<string, number>; candidate: Record<string, number> };
}) {
  const processes = [
    ...new Set([...Object.keys(cpuMsPerRequest.baseline), ...Object.keys(cpuMsPerRequest.candidate)]),
  ];
  const bars = (['baseline', 'candidate'] as const).map((side): Bar => {
    const parts = processes.map((process) => ({ process, ms: cpuMsPerRequest[side][process] ?? 0 }));
    return { side, name: names[side], parts, totalMs: parts.reduce((sum, part) => sum + part.ms, 0) };
  });
  const longest = Math.max(...bars.map((bar) => bar.totalMs), 1e-9);
  const shorter = bars.find((bar) => bar.totalMs > 0 && bar.totalMs < longest / 8);
  const factor = shorter ? roundDown(longest / shorter.totalMs) : 1;
  return (
    <div className={styles.bars}>
      {bars.map((bar) => (
        <Row
          key={bar.side}
          bar={bar}
          scale={100 / longest}
          title={<VariantLabel side={bar.side} name={bar.name} />}
        />
      ))}
      {shorter ? (
        <Row
          bar={shorter}
          scale={(100 / longest) * factor}
          title={`the same, magnified ×${digits(factor)}`}
        />
      ) : null}
      <table className={styles.table}>
        <caption className={styles.hidden}>CPU milliseconds of one request by process</caption>
        <thead>
          <tr>
            <th scope="col">Process</th>
            {bars.map((bar) => (
              <th scope="col" key={bar.side}>
                {bar.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {processes.map((process, index) => (
            <tr key={process}>
              <th scope="row">
                <span className={styles.swatches} aria-hidden="true">
                  {bars.map((bar) => (
                    <i key={bar.side} style={{ background: colour(bar.side, index) }} data-side={bar.side} />
                  ))}
                </span>
                {process}
              </th>
              {bars.map((bar) => (
                <td key={bar.side}>{milliseconds(bar.parts[index]?.ms ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ bar, scale, title }: { bar: Bar; scale: number; title: React.ReactNode }) {
  return (
    <div className={styles.row}>
      <div className={styles.title}>{title}</div>
      <div className={styles.track}>
        {bar.parts.map((part, index) => (
          <span
            key={part.process}
            className={styles.part}
            data-side={bar.side}
            style={{ width: `${part.ms * scale}%`, background: colour(bar.side, index) }}
            title={`${part.process} ${milliseconds(part.ms)}`}
          />
        ))}
        <span className={styles.total}>{milliseconds(bar.totalMs)}</span>
      </div>
    </div>
  );
}

function colour(side: Bar['side'], index: number): string {
  return `var(--${side}-${Math.min(index + 1, steps)})`;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.max(1, [5, 2, 1].map((step) => step * power).find((step) => step <= value) ?? 1);
}
