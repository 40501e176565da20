import type { Report } from '@dyno/contracts/report';
import { estimatesTable, successfulTable, type TextTable } from '@dyno/lab/estimates';
import { detectable } from '@dyno/lab/format';
import styles from './MetricDetails.module.css';
import { Section } from './Section.tsx';
import tables from './tables.module.css';

/** Behind the metrics: how much they scatter, what the run could have seen, and other ways to compute the same. */
export function MetricDetails({ report }: { report: Report }) {
  const estimates = estimatesTable(report);
  const successful = successfulTable(report);
  const primary = report.metrics.find(({ name }) => name === report.primary);
  const seen = primary?.minimumDetectableEffect ?? null;
  return (
    <>
      {estimates ? (
        <Section
          id="estimates"
          title={
            primary && seen !== null && seen > 0
              ? `This run could have seen a change of ${detectable(seen)} in ${primary.title}`
              : 'What this run could have seen'
          }
          subtitle={estimates.legend}
          flush
        >
          <Cells caption="Spread, sensitivity and other estimates" table={estimates} />
        </Section>
      ) : null}
      {successful ? (
        <Section
          id="successful"
          title="Latency over successful answers alone"
          subtitle={successful.legend}
          flush
        >
          <Cells caption="Latency over successful answers alone" table={successful} />
        </Section>
      ) : null}
    </>
  );
}

/** The first column names its row. */
export function Cells({ caption, table: { head, rows } }: { caption: string; table: TextTable }) {
  return (
    <div className={tables.scroll}>
      <table className={`${tables.table} ${tables.lined} ${styles.cells}`}>
        <caption hidden>{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name = '', ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, column) => (
                <td key={head[column + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
