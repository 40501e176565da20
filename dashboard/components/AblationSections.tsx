import { Waterfall } from '@dyno/charts/Waterfall';
import type { Ablation, AblationMetric, SwitchWorth } from '@dyno/contracts/ablation';
import { ablationFootnote, ablationHead, ablationRows } from '@dyno/lab/ablationTable';
import styles from './AblationSections.module.css';
import { ScrollBox } from './ScrollBox.tsx';
import { Section } from './Section.tsx';
import tables from './tables.module.css';
import { VerdictChip } from './VerdictChip.tsx';

/** The waterfall, the table behind it, and a sentence on each switch; of one metric. */
export function AblationSections({
  metric,
  factors,
  valid,
}: {
  metric: AblationMetric;
  factors: Ablation['factors'];
  valid: boolean;
}) {
  return (
    <>
      <Section
        id="waterfall"
        title={valid ? titleOf(metric) : 'A guard failed: these figures do not count'}
        subtitle={`${metric.title}, logarithmic: equal factors are equally long. Each step is what a switch is worth, averaged over the others on and off, with its 95 % interval. ${metric.sentence}`}
      >
        <Waterfall metric={metric} />
      </Section>
      <Section id="table" title="Alone, and on top of all others" subtitle={ablationFootnote} flush>
        <Table metric={metric} />
      </Section>
      <Section id="switches" title="In words">
        <ul className={styles.words}>
          {metric.switches.map((one) => (
            <li key={one.name}>
              <Words one={one} title={factors.find(({ name }) => name === one.name)?.title ?? ''} />
            </li>
          ))}
        </ul>
      </Section>
      {metric.interactions.length > 0 ? (
        <Section
          id="interactions"
          title="Pairs that do something together"
          subtitle="Flagged by the design: the worth of one depends on whether the other is on."
        >
          <ul className={styles.words}>
            {metric.interactions.map(({ pair, sentence }) => (
              <li key={pair.join()}>{sentence}</li>
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  );
}

function Words({ one: { sentence, verdict }, title }: { one: SwitchWorth; title: string }) {
  return (
    <>
      <VerdictChip verdict={verdict} /> {sentence}
      {title ? <span className={styles.title}> {title}</span> : null}
    </>
  );
}

function Table({ metric }: { metric: AblationMetric }) {
  const [first = '', ...others] = ablationHead;
  const last = others.length - 1;
  return (
    <ScrollBox className={tables.scroll} label={`What each switch is worth in ${metric.title}`}>
      <table className={`${tables.table} ${tables.lined}`}>
        <caption className="visually-hidden">What each switch is worth in {metric.title}</caption>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            {others.map((name, index) => (
              <th key={name} scope="col" className={index === last ? undefined : tables.number}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ablationRows(metric).map(({ name, cells, verdict }) => (
            <tr
              key={name}
              data-all={verdict === '' || undefined}
              className={verdict === '' ? styles.all : undefined}
            >
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td key={others[index]} className={index === last ? undefined : tables.number}>
                  {index === last && verdict !== '' ? <VerdictChip verdict={verdict} /> : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function titleOf({ switches }: AblationMetric): string {
  const [first] = switches;
  const last = switches.at(-1);
  const best = first?.verdict === 'improved' ? `${first.name} is worth most` : 'No switch helps for certain';
  return last?.verdict === 'regressed' ? `${best}, and ${last.name} hurts` : best;
}
