import type { Ablation } from '@dyno/contracts/ablation';
import { count, duration, place } from '@dyno/lab/format';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { z } from 'zod';
import { AblationProgress } from '../../../components/AblationProgress.tsx';
import { AblationSections } from '../../../components/AblationSections.tsx';
import { CopyCommand } from '../../../components/CopyCommand.tsx';
import { Crumbs } from '../../../components/Crumbs.tsx';
import { GuardList } from '../../../components/Guards.tsx';
import styles from '../../../components/history.module.css';
import page from '../../../components/page.module.css';
import { ResumeAblation } from '../../../components/ResumeRun.tsx';
import { Section } from '../../../components/Section.tsx';
import { StopAblation } from '../../../components/StopRun.tsx';
import start from '../../../components/start.module.css';
import { type FoundAblation, readAblation } from '../../../lib/ablations.ts';
import { type Access, accessOf } from '../../../lib/access.ts';
import { type Query, readQuery } from '../../../lib/addressQuery.ts';
import { dateTime } from '../../../lib/dates.ts';
import { readLiveAblation } from '../../../lib/liveRun.ts';
import type { LiveWord } from '../../../lib/liveWord.ts';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<Query> };

export const metadata: Metadata = { title: 'Ablation' };

/** Which switch is worth what? */
export default async function AblationPage({ params, searchParams }: Props) {
  const { id } = await params;
  // First: what changes until the rest is read is news for the strip.
  const first = await readLiveAblation(id);
  const found = await readAblation(id);
  if (!found) notFound();
  const { ablation, plan } = found;
  const title = ablation?.title ?? plan?.experiment.title ?? found.id;
  return (
    <main id="main" className={page.main}>
      <Crumbs way={[['Ablations', '/ablations']]} here={found.id} />
      {ablation ? (
        <Answer ablation={ablation} query={await searchParams} />
      ) : (
        <>
          <header>
            <h1 className={page.title}>{title}</h1>
            <p className={page.lead}>
              What each of its {count(plan?.ablation?.factors.length ?? 0)} switches or groups is worth is
              known when all blocks are measured.
            </p>
          </header>
          <Unfinished found={found} first={first} access={await accessOf()} />
        </>
      )}
    </main>
  );
}

function Unfinished({
  found: { id, state, plan, progress },
  first,
  access,
}: {
  found: FoundAblation;
  first: LiveWord | null;
  access: Access;
}) {
  const variants = plan ? [plan.experiment.baseline, ...plan.experiment.candidates] : [];
  const titles = Object.fromEntries(variants.map(({ name, title }) => [name, title ?? name]));
  const isRunning = state === 'running' && progress !== null;
  return (
    <>
      <AblationProgress id={id} first={first} titles={titles} />
      {isRunning ? null : <Stopped id={id} progress={progress} access={access} />}
      {isRunning && access === 'full' ? <StopAblation id={id} /> : null}
    </>
  );
}

function Stopped({ id, progress, access }: Pick<FoundAblation, 'id' | 'progress'> & { access: Access }) {
  const where = place(progress ?? { block: 0, blocksMax: 0 }, 'in ');
  const message = progress?.message ? `${progress.message.replace(/\.$/, '')}. ` : '';
  return (
    <Section
      id="state"
      title={`Stopped ${where}`}
      subtitle={`${message}What is measured is kept; this goes on with it.`}
    >
      <CopyCommand command={`npx dyno ablate --resume ${id}`} />
      {access === 'full' ? (
        <div className={start.goOn}>
          <ResumeAblation id={id} />
        </div>
      ) : null}
    </Section>
  );
}

function Answer({ ablation, query }: { ablation: Ablation; query: Query }) {
  const names = ablation.metrics.map(({ name }) => name);
  const schema = z.object({ metric: z.enum(names).nullable().default(null) });
  const { state, notes } = readQuery(schema, query);
  const metric = ablation.metrics.find(({ name }) => name === state.metric) ?? ablation.metrics[0];
  return (
    <>
      <header>
        <h1 className={page.title}>{ablation.sentence}</h1>
        <p className={page.lead}>
          {ablation.title}; {dateTime(ablation.createdAt)}, {count(ablation.rounds)} rounds in{' '}
          {duration(ablation.seconds)}.
        </p>
      </header>
      {notes.map((note) => (
        <p key={note} className={page.notes}>
          {note}
        </p>
      ))}
      <nav className={styles.choices} aria-label="What is drawn">
        <ul aria-label="Metric">
          {ablation.metrics.map(({ name, title }, index) => (
            <li key={name}>
              <Link
                href={index === 0 ? '?' : `?metric=${name}`}
                prefetch={false}
                replace
                scroll={false}
                aria-current={name === metric?.name ? 'true' : undefined}
              >
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {metric ? <AblationSections metric={metric} factors={ablation.factors} valid={ablation.valid} /> : null}
      {ablation.notes.length > 0 ? (
        <Section id="notes" title="What else to know">
          <ul>
            {ablation.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Section>
      ) : null}
      <Section id="guards" title="May it be trusted?" subtitle={ablation.method} flush>
        <div className={page.inset}>
          <GuardList guards={ablation.guards} />
        </div>
      </Section>
      <Section
        id="files"
        title="To take along"
        subtitle={`Its files are below results/ablations/${ablation.runId}/.`}
      >
        {commandsOf(ablation.runId).map((command) => (
          <CopyCommand key={command} command={command} />
        ))}
      </Section>
    </>
  );
}

/** One file to send to somebody, everything that was measured, and whether the figures follow from it. */
function commandsOf(id: string): string[] {
  return [`npx dyno report ${id} -o ablation.html`, `npx dyno export ${id}`, `npx dyno verify ${id}`];
}
