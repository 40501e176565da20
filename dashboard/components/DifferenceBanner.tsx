import type { Difference, Differences } from '../lib/differences.ts';
import styles from './DifferenceBanner.module.css';
import tables from './tables.module.css';

/** What stands between two runs: loud where their figures do not compare, a line where nothing does. */
export function DifferenceBanner({
  differences,
  names,
}: {
  differences: Differences;
  names: [string, string];
}) {
  const { environment, experiment, load, plan, code, unknown } = differences;
  const loud: [string, string, Difference[]][] = [
    [
      'The environments differ',
      'Figures of two machines or versions do not compare: what differs below may be theirs.',
      environment,
    ],
    ['The experiments differ', 'Two different things were measured.', experiment],
    ['The loads differ', 'Latency and throughput depend on the load.', load],
    ['The plans differ', 'Windows, blocks or modes are not the same, so precision is not either.', plan],
  ];
  const shown = loud.filter(([, , fields]) => fields.length > 0);
  return (
    <div className={styles.all}>
      {shown.map(([title, why, fields]) => (
        <section key={title} className={styles.loud} aria-label={title}>
          <h2>
            <span aria-hidden="true">! </span>
            {title}
          </h2>
          <p>{why}</p>
          <div className={tables.scroll}>
            <Fields fields={fields} names={names} caption={title} />
          </div>
        </section>
      ))}
      {unknown.length > 0 ? (
        <p className={styles.loud}>
          Nobody can say whether they compare: {unknown.join(' and ')} cannot be read.
        </p>
      ) : null}
      {shown.length + unknown.length === 0 ? (
        <p className={styles.same}>
          <span aria-hidden="true">✓ </span>Same machine, versions, experiment, load and plan.
        </p>
      ) : null}
      {code.length > 0 ? (
        <details className={styles.code}>
          <summary>The code differs, as it may: {code.map(({ field }) => field).join(', ')}</summary>
          <div className={tables.scroll}>
            <Fields fields={code} names={names} caption="The code differs" />
          </div>
        </details>
      ) : null}
    </div>
  );
}

function Fields({
  fields,
  names: [a, b],
  caption,
}: {
  fields: Difference[];
  names: [string, string];
  caption: string;
}) {
  return (
    <table className={`${tables.plain} ${styles.fields}`}>
      <caption hidden>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">{a}</th>
          <th scope="col">{b}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((difference) => (
          <tr key={difference.field}>
            <th scope="row">{difference.field}</th>
            <td>{difference.a}</td>
            <td>{difference.b}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
