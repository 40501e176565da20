import { History } from '@dyno/charts/History';
import { metricCatalogue, metricNameSchema } from '@dyno/contracts/metrics';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Crumbs } from '../../../components/Crumbs.tsx';
import { Changes, Moves, RunsOfHistory } from '../../../components/HistoryDetails.tsx';
import styles from '../../../components/history.module.css';
import page from '../../../components/page.module.css';
import { Absent, Section } from '../../../components/Section.tsx';
import { Standing } from '../../../components/Standing.tsx';
import { type ExperimentHistory, pictureOf, readHistory } from '../../../lib/history.ts';
import { firstCommands } from '../../../lib/words.ts';

type Query = Record<string, string | string[] | undefined>;
type Props = { params: Promise<{ name: string }>; searchParams: Promise<Query> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `History of ${(await params).name}` };
}

export default async function HistoryPage({ params, searchParams }: Props) {
  const [{ name }, query] = await Promise.all([params, searchParams]);
  const found = await readHistory(name, oneOf(query.candidate));
  if (!found) notFound();
  return (
    <main id="main" className={page.main}>
      <Crumbs way={[['Experiments', '/experiments']]} here={name} />
      <header>
        <h1 className={page.title}>{found.title}</h1>
        <p className={page.lead}>{found.history ? leadOf(found) : 'No run of it has a report yet.'}</p>
      </header>
      {found.history ? (
        <Found found={found} query={query} />
      ) : (
        <Absent>
          Its history begins with the first run that ends: <code>{firstCommands[1]}</code>
        </Absent>
      )}
    </main>
  );
}

function Found({ found, query }: { found: ExperimentHistory; query: Query }) {
  const newest = found.reports.at(-1);
  const metric = metricNameSchema.safeParse(query.metric).data ?? newest?.primary ?? 'latency.mean';
  const of = query.of === 'ratio' ? 'ratio' : 'candidate';
  const picture = pictureOf(found, metric, of);
  const link = (changed: Record<string, string>) =>
    `?${new URLSearchParams({ metric, of, candidate: found.history.candidate, ...changed })}`;
  return (
    <>
      <Moves rows={found.history.rows} />
      <Section
        id="history"
        title={`${metricCatalogue[metric].title} over ${picture?.dots.length ?? 0} runs`}
        subtitle={
          of === 'ratio'
            ? 'Candidate over the baseline that ran beside it: what the machine does to both is gone. Each dot is a run with its interval; a bar is the level between two changes.'
            : "The candidate's own figure, which also follows the machine. Each dot is a run with its interval; a bar is the level between two changes; logarithmic."
        }
      >
        <nav className={styles.choices} aria-label="What is drawn">
          <Choices
            label="Figure"
            choices={[
              ["the candidate's own", link({ of: 'candidate' }), of === 'candidate'],
              ['beside its baseline', link({ of: 'ratio' }), of === 'ratio'],
            ]}
          />
          <Choices
            label="Metric"
            choices={(newest?.metrics ?? []).map(({ name, title }) => [
              title,
              link({ metric: name }),
              name === metric,
            ])}
          />
          {found.candidates.length > 1 ? (
            <Choices
              label="Candidate"
              choices={found.candidates.map((candidate) => [
                candidate,
                link({ candidate }),
                candidate === found.history.candidate,
              ])}
            />
          ) : null}
        </nav>
        {picture ? (
          <div className={styles.scroll}>
            <History {...picture} />
          </div>
        ) : (
          <Absent>No run has this figure.</Absent>
        )}
        <Changes changes={found.history.changes} runs={found.history.rows.length} metric={metric} of={of} />
      </Section>
      <Standing
        standing={found.history.standing}
        established={found.established}
        newest={newest?.runId ?? null}
      />
      <RunsOfHistory found={found} metric={metric} />
    </>
  );
}

function Choices({ label, choices }: { label: string; choices: [string, string, boolean][] }) {
  return (
    <ul aria-label={label}>
      {choices.map(([text, href, isChosen]) => (
        <li key={text}>
          <Link
            href={href}
            prefetch={false}
            replace
            scroll={false}
            aria-current={isChosen ? 'true' : undefined}
          >
            {text}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function leadOf({ name, history, left, unfinished }: ExperimentHistory): string {
  return [
    `${name}: the last ${history.rows.length} runs of ${history.candidate}, oldest first`,
    left > 0 ? `, ${left} older ones left out` : '',
    unfinished > 0 ? `; ${unfinished} without a report` : '',
    '.',
  ].join('');
}

const oneOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
