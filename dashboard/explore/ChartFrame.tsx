'use client';

import { partColour } from '@dyno/charts/Legend';
import { VariantLabel } from '@dyno/charts/VariantLabel';
import { createContext, type ReactNode, use, useEffect, useId, useRef, useState } from 'react';
import { ScrollBox } from '../components/ScrollBox.tsx';
import section from '../components/Section.module.css';
import type { ChartId } from '../lib/viewState.ts';
import { isShown, isTable, queryOf, withSide, withTable } from '../lib/viewState.ts';
import styles from './ChartFrame.module.css';
import { csvOf, rowsOf } from './csv.ts';
import { pictureOf, pngOf, save } from './picture.ts';
import { useView } from './View.tsx';

export type CsvRows = (string | number | null)[][];

interface FrameProps {
  id: ChartId;
  /** What one sees, not what it is called. */
  title: string;
  /** Metric, unit, number of measurements, level of the interval. */
  subtitle: string;
  howToRead: ReactNode;
  /** From the server: there at once, in print and without scripts. */
  drawn: ReactNode;
  /** Lies over `drawn` once the reader is near: what it says when one points at it. */
  layer?: ReactNode;
  table: ReactNode;
  /** Where the table says less than the chart: all that the chart draws. */
  csv?: () => Promise<CsvRows>;
  controls?: ReactNode;
  /** The two variants as buttons; a chart whose rows carry their names needs none. */
  legend?: boolean;
  /** What is stacked, from the dark end of both hues. */
  parts?: readonly string[];
  level?: 2 | 3;
}

const Readout = createContext<HTMLElement | null>(null);

/** For what a chart says of the place under the cross-hair. */
export const useReadout = (): HTMLElement | null => use(Readout);

/** What all charts have in common: a title that says what one sees, the same figures as a table, and ways to take them along. */
export function ChartFrame(props: FrameProps) {
  const { id, title, subtitle, howToRead, table, controls, legend = true, level = 2 } = props;
  const { state } = useView();
  const plot = useRef<HTMLDivElement>(null);
  const tableBox = useRef<HTMLDivElement>(null);
  const headingId = useId();
  const asTable = isTable(state, id);
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section
      id={id}
      className={`${section.section} ${styles.frame}`}
      aria-labelledby={headingId}
      data-chart={id}
    >
      <header className={styles.header}>
        <div>
          <Heading id={headingId} className={section.title}>
            {title}
          </Heading>
          <p className={section.subtitle}>{subtitle}</p>
        </div>
        <ViewSwitch id={id} asTable={asTable} />
      </header>
      <div className={styles.body}>
        <div className={styles.chart} hidden={asTable}>
          <Plot {...props} plot={plot} legend={legend} />
        </div>
        {controls && asTable ? <div className={styles.controls}>{controls}</div> : null}
        <ScrollBox className={styles.table} ref={tableBox} data-open={asTable} label={`${title}, as a table`}>
          {table}
        </ScrollBox>
      </div>
      <footer className={styles.footer}>
        <details className={styles.how}>
          <summary>How to read</summary>
          <div>{howToRead}</div>
        </details>
        <Exports {...props} plot={plot} tableBox={tableBox} asTable={asTable} />
      </footer>
    </section>
  );
}

function ViewSwitch({ id, asTable }: { id: ChartId; asTable: boolean }) {
  const { state, set } = useView();
  return (
    <fieldset className={styles.switch} aria-label="Shown as">
      {[false, true].map((table) => (
        <button
          key={String(table)}
          type="button"
          aria-pressed={asTable === table}
          onClick={() => set(withTable(state, id, table))}
        >
          {table ? 'Table' : 'Chart'}
        </button>
      ))}
    </fieldset>
  );
}

function Plot({
  drawn,
  layer,
  controls,
  legend,
  parts = [],
  plot,
}: Pick<FrameProps, 'drawn' | 'layer' | 'controls' | 'legend' | 'parts'> & {
  plot: React.RefObject<HTMLDivElement | null>;
}) {
  const [readout, setReadout] = useState<HTMLElement | null>(null);
  const isNear = useNear(plot);
  return (
    <Readout value={readout}>
      {legend || layer || controls ? (
        <div className={styles.top}>
          {legend ? <Legend parts={parts} /> : null}
          {controls ? <div className={styles.controls}>{controls}</div> : null}
          {layer ? <p className={styles.readout} ref={setReadout} data-readout /> : null}
        </div>
      ) : null}
      <div className={styles.plot} ref={plot} data-explored={isNear}>
        {drawn}
        {isNear ? layer : null}
      </div>
    </Readout>
  );
}

function Legend({ parts }: { parts: readonly string[] }) {
  const { names, state, set } = useView();
  return (
    <div className={styles.legend}>
      {(['baseline', 'candidate'] as const).map((side) => {
        const shown = isShown(state, side);
        return (
          <button
            key={side}
            type="button"
            className={styles.entry}
            aria-pressed={shown}
            title={shown ? `Hide ${names[side]}` : `Show ${names[side]}`}
            onClick={() => set(withSide(state, side, !shown))}
          >
            <VariantLabel side={side} name={names[side]} />
          </button>
        );
      })}
      {parts.map((part, index) => (
        <span key={part} className="chart-legend-part">
          {(['baseline', 'candidate'] as const).map((side) => (
            <i key={side} data-side={side} style={{ background: partColour(side, index) }} />
          ))}
          {part}
        </span>
      ))}
    </div>
  );
}

function Exports({
  id,
  title,
  subtitle,
  csv,
  legend = true,
  plot,
  tableBox,
  asTable,
}: FrameProps & {
  plot: React.RefObject<HTMLElement | null>;
  tableBox: React.RefObject<HTMLElement | null>;
  asTable: boolean;
}) {
  const { runId, names, state } = useView();
  const [said, setSaid] = useState('');
  const name = `${runId}-${id}`;
  const saveCsv = async () => {
    const found = tableBox.current?.querySelector('table');
    const rows = csv ? await csv() : found ? rowsOf(found) : [];
    save(new Blob([csvOf(rows)], { type: 'text/csv' }), `${name}.csv`);
    setSaid(`${name}.csv`);
  };
  const savePicture = async (format: 'png' | 'svg') => {
    if (!plot.current) return;
    const sides = ['baseline', 'candidate'] as const;
    const picture = pictureOf(plot.current, {
      title,
      subtitle,
      legend: legend
        ? sides.filter((side) => isShown(state, side)).map((side) => ({ side, name: names[side] }))
        : [],
      footer: `Dyno, run ${runId}`,
    });
    save(
      format === 'png' ? await pngOf(picture) : new Blob([picture.svg], { type: 'image/svg+xml' }),
      `${name}.${format}`,
    );
    setSaid(`${name}.${format}`);
  };
  const copyLink = async () => {
    const { origin, pathname, search } = window.location;
    const address = `${origin}${pathname}${queryOf(state, new URLSearchParams(search))}#${id}`;
    window.history.replaceState(window.history.state, '', address);
    const copied = await navigator.clipboard.writeText(address).then(
      () => true,
      () => false,
    );
    setSaid(copied ? 'Link copied' : 'The link is in the address bar');
  };
  const tell = (doing: () => Promise<void>) => () =>
    void doing().catch((error: unknown) => setSaid(error instanceof Error ? error.message : String(error)));
  return (
    <div className={styles.exports}>
      <span className={styles.said} role="status">
        {said}
      </span>
      <button type="button" onClick={tell(saveCsv)}>
        CSV
      </button>
      {asTable ? null : (
        <>
          <button type="button" onClick={tell(() => savePicture('png'))}>
            PNG
          </button>
          <button type="button" onClick={tell(() => savePicture('svg'))}>
            SVG
          </button>
        </>
      )}
      <button type="button" onClick={tell(copyLink)}>
        Link
      </button>
    </div>
  );
}

/** Whether the box is on the screen or soon will be; once it was, it stays so. */
function useNear(box: React.RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (!box.current || isNear) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        setNear(true);
      },
      { rootMargin: '400px' },
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box, isNear]);
  return isNear;
}
