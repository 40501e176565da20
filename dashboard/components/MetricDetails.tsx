import type { Report } from '@dyno/contracts/report';
import { estimatesTable, hasFailures, successfulTable, type TextTable } from '@dyno/lab/estimates';
import styles from './MetricDetails.module.css';
import tables from './tables.module.css';

/** Behind the table of metrics: how much they scatter, what the run could have seen, and other ways to compute the same. */
export function MetricDetails({ report }: { report: Report }) {
  const estimates = estimatesTable(report);
  const successful = successfulTable(report);
  return (
    <div className={styles.all}>
      {estimates ? <Folded title="Spread, sensitivity and other estimates" table={estimates} /> : null}
      {successful ? (
        <Folded
          title="Latency over successful answers alone"
          table={successful}
          isOpen={hasFailures(report)}
        />
      ) : null}
    </div>
  );
}

function Folded({
  title,
  table: { head, rows, legend },
  isOpen = false,
}: {
  title: string;
  table: TextTable;
  isOpen?: boolean;
}) {
  return (
    <details open={isOpen}>
      <summary>{title}</summary>
      <div className={tables.scroll}>
        <table className={tables.plain}>
          <caption className={styles.hidden}>{title}</caption>
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
      <p className={styles.legend}>{legend}</p>
    </details>
  );
}
