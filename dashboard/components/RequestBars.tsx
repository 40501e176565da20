import { VariantLabel } from '@dyno/charts/VariantLabel';
import { digits, milliseconds, quantities } from '@dyno/lab/format';
import type { ReactNode } from 'react';
import { type SpanPart, spanParts, type Trace, timeByPart } from '../lib/trace.ts';
import { type Side, sides } from '../lib/tracePair.ts';
import { colourOfPart, partWords } from './partColours.ts';
import styles from './RequestBars.module.css';
import { AsTable } from './Section.tsx';
import tables from './tables.module.css';

interface Bar {
  key: string;
  side: Side;
  name: string;
  parts: Record<SpanPart, number>;
  totalMs: number;
}

export interface ComparedRequests {
  key: string;
  /** null where the page says it already. */
  title: string | null;
  link: ReactNode;
  traces: { side: Side; name: string; trace: Trace }[];
}

/**
 * What single requests waited for, part by part, all on one axis from 0; a bar of less than an eighth of its partner is drawn again,
 * magnified, on an axis of its own.
 */
export function RequestBars({ requests }: { requests: ComparedRequests[] }) {
  const compared = requests.map((request) => ({
    ...request,
    bars: request.traces.map(
      ({ side, name, trace }, index): Bar => ({
        key: `${index} ${name}`,
        side,
        name,
        parts: timeByPart(trace),
        totalMs: trace.requestMs,
      }),
    ),
  }));
  const all = compared.flatMap(({ bars }) => bars);
  const longestMs = Math.max(...all.map(({ totalMs }) => totalMs), 1e-6);
  const parts = spanParts.filter((part) => all.some((bar) => bar.parts[part] > 0));
  return (
    <div className={styles.requests}>
      <ul className={styles.legend} aria-label="Parts, from dark to light">
        {parts.map((part) => (
          <li key={part}>
            {sides.map((side) => (
              <i key={side} style={{ background: colourOfPart(side, part), borderColor: `var(--${side})` }} />
            ))}
            {partWords[part]}
          </li>
        ))}
      </ul>
      {compared.map(({ key, title, link, bars }) => (
        <div key={key} className={styles.request}>
          {title === null ? null : (
            <header>
              <h3>{title}</h3>
              {link}
            </header>
          )}
          {bars.map((bar) => (
            <Row
              key={bar.key}
              bar={bar}
              fullMs={longestMs}
              title={<VariantLabel side={bar.side} name={bar.name} />}
            />
          ))}
          {bars.map((bar) => {
            const factor = magnification(bar, bars);
            return factor === null ? null : (
              <Row
                key={bar.key}
                bar={bar}
                fullMs={longestMs / factor}
                title={`the same, magnified ×${digits(factor)}`}
              />
            );
          })}
        </div>
      ))}
      <AsTable summary="As a table">
        <table className={tables.plain}>
          <caption className="visually-hidden">
            Milliseconds that single requests waited for each part
          </caption>
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col" className={tables.text}>
                Variant
              </th>
              {parts.map((part) => (
                <th scope="col" key={part}>
                  {partWords[part]}
                </th>
              ))}
              <th scope="col">total</th>
            </tr>
          </thead>
          <tbody>
            {compared.flatMap(({ key, bars }) =>
              bars.map((bar) => (
                <tr key={`${key} ${bar.key}`}>
                  <th scope="row">{key}</th>
                  <td className={tables.text}>{bar.name}</td>
                  {quantities([...parts.map((part) => bar.parts[part]), bar.totalMs], 'ms').map(
                    (text, index) => (
                      <td key={parts[index] ?? 'total'}>{text}</td>
                    ),
                  )}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </AsTable>
    </div>
  );
}

function Row({ bar, fullMs, title }: { bar: Bar; fullMs: number; title: ReactNode }) {
  const told = spanParts
    .filter((part) => bar.parts[part] > 0)
    .map((part) => `${partWords[part]} ${milliseconds(bar.parts[part])}`);
  return (
    <div className={styles.row}>
      <div className={styles.title}>{title}</div>
      <div className={styles.track} title={told.join(', ')}>
        {spanParts.map((part) =>
          bar.parts[part] > 0 ? (
            <span
              key={part}
              className={styles.part}
              style={{
                width: `${(bar.parts[part] / fullMs) * 100}%`,
                background: colourOfPart(bar.side, part),
                borderColor: `var(--${bar.side})`,
              }}
            />
          ) : null,
        )}
        <span className={styles.total}>{milliseconds(bar.totalMs)}</span>
      </div>
    </div>
  );
}

/** Round, and such that the magnified bar is not longer than its partner; null where it need not be. */
function magnification(bar: Bar, bars: readonly Bar[]): number | null {
  const partnerMs = Math.max(...bars.map(({ totalMs }) => totalMs));
  if (bar.totalMs <= 0 || bar.totalMs >= partnerMs / 8) return null;
  const ratio = partnerMs / bar.totalMs;
  const power = 10 ** Math.floor(Math.log10(ratio));
  return [5, 2, 1].map((step) => step * power).find((step) => step <= ratio) ?? null;
}
