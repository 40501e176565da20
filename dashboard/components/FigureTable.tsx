import tables from './tables.module.css';

/** A figure as it is read, and as it was measured: from the second, files are made. */
export interface Figure {
  text: string;
  value: number | string | null;
}

/** The twin of a chart: for reading exactly, for screen readers, and as the source of the chart's CSV. */
export function FigureTable({
  caption,
  columns,
  rows,
}: {
  caption: string;
  /** `csv` names the column in a file, with its unit; the title alone where there is none. */
  columns: readonly { title: string; csv?: string }[];
  /** The first figure names its row. */
  rows: readonly (readonly Figure[])[];
}) {
  return (
    <table className={tables.plain}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, csv }) => (
            <th scope="col" key={title} data-csv={csv}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([first, ...rest]) => (
          <tr key={first?.text}>
            <th scope="row" data-value={first?.value ?? ''}>
              {first?.text}
            </th>
            {rest.map(({ text, value }, index) => (
              <td key={columns[index + 1]?.title} data-value={value ?? ''}>
                {text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const absent: Figure = { text: '–', value: null };

/** A measured figure, or the mark of its absence. */
export function figure(value: number | null | undefined, words: (value: number) => string): Figure {
  return value === null || value === undefined ? absent : { text: words(value), value };
}
