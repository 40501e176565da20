import { change, duration, place } from '@dyno/lab/format';
import type { Metadata } from 'next';
import Link from 'next/link';
import { ListPage } from '../../components/ListPage.tsx';
import styles from '../../components/start.module.css';
import tables from '../../components/tables.module.css';
import { type FoundAblation, listAblations } from '../../lib/ablations.ts';
import { dateTime } from '../../lib/dates.ts';

export const metadata: Metadata = { title: 'Ablations' };

export default async function AblationsPage() {
  const ablations = await listAblations();
  return (
    <ListPage
      title="Ablations"
      lead="What each switch of a service is worth: alone, on top of all others, and on average."
      list={{
        id: 'ablations',
        title: 'What was taken apart',
        subtitle:
          'Each measures combinations of switches by a design in which the worth of one is free of what pairs of them do together.',
        table: ablations.length > 0 ? <Table ablations={ablations} /> : null,
        absent: (
          <>
            None yet. <code>npx dyno ablate products</code> makes one; on two cores it takes about a quarter
            of an hour.
          </>
        ),
      }}
    />
  );
}

function Table({ ablations }: { ablations: readonly FoundAblation[] }) {
  return (
    <div className={styles.table}>
      <table className={`${tables.table} ${tables.lined}`}>
        <caption className="visually-hidden">Ablations, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">When</th>
            <th scope="col" className={tables.number}>
              Switches
            </th>
            <th scope="col" className={tables.number}>
              All of them
            </th>
            <th scope="col">Worth most</th>
            <th scope="col" className={tables.number}>
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {ablations.map((one) => (
            <Row key={one.id} one={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ one: { id, ablation, plan, progress, state } }: { one: FoundAblation }) {
  const [metric] = ablation?.metrics ?? [];
  const best = metric?.switches.find(({ verdict }) => verdict === 'improved');
  return (
    <tr>
      <th scope="row">
        <Link href={`/ablations/${id}`} prefetch={false}>
          {plan?.experiment.name ?? ablation?.experiment ?? id}
        </Link>
      </th>
      <td>{dateTime(plan?.createdAt ?? ablation?.createdAt ?? '')}</td>
      <td className={tables.number}>{ablation?.factors.length ?? plan?.ablation?.factors.length ?? '–'}</td>
      {metric && ablation ? (
        <>
          <td className={tables.number}>
            {ablation.valid ? `${change(metric.whole.estimate)} ${metric.title}` : 'does not count'}
          </td>
          <td>{best ? `${best.name} ${change(best.worth.estimate)}` : 'none for certain'}</td>
          <td className={tables.number}>{duration(ablation.seconds)}</td>
        </>
      ) : (
        <td colSpan={3}>
          {state === 'running'
            ? `under way${progress ? `: ${place(progress)}` : ''}`
            : 'stopped before its end'}
        </td>
      )}
    </tr>
  );
}
