import type { Report } from '@dyno/contracts/report';
import { standingOf } from '@dyno/lab/against';
import { change, changeInterval, quantity } from '@dyno/lab/format';
import { partsOfSentence, sentenceCase } from '@dyno/lab/words';
import type { Metadata } from 'next';
import Link from 'next/link';
import { Crumbs } from '../../components/Crumbs.tsx';
import styles from '../../components/compare.module.css';
import { DifferenceBanner } from '../../components/DifferenceBanner.tsx';
import page from '../../components/page.module.css';
import { Section } from '../../components/Section.tsx';
import { SideBySide } from '../../components/SideBySide.tsx';
import { StandingTable } from '../../components/Standing.tsx';
import { VerdictChip } from '../../components/VerdictChip.tsx';
import { dateTime } from '../../lib/dates.ts';
import { differencesOf } from '../../lib/differences.ts';
import { type Run, type RunSummary, readRun } from '../../lib/results.ts';
import { runSummaries } from '../../lib/runIndex.ts';

type Query = Record<string, string | string[] | undefined>;
type Reported = Run & { report: Report };

export const metadata: Metadata = { title: 'Compare two runs' };

export default async function ComparePage({ searchParams }: { searchParams: Promise<Query> }) {
  const chosen = chosenIds(await searchParams);
  const read = await Promise.all(chosen.slice(0, 2).map(readRun));
  const [a, b] = read.filter((run): run is Reported => run?.report != null);
  if (a && b && chosen.length === 2) return <Compared a={a} b={b} />;
  const runs = await runSummaries();
  const missing = chosen.slice(0, 2).filter((_, index) => !read[index]?.report);
  return <Picker runs={runs.filter((run) => run.outcome)} chosen={chosen} missing={missing} />;
}

/** `a` and `b`, or what the boxes of the list of runs send: `run` twice. */
function chosenIds({ a, b, run }: Query): string[] {
  const ids = [a, b, run].flatMap((value) => value ?? []).filter((id) => id !== '');
  return [...new Set(ids)];
}

function Compared({ a, b }: { a: Reported; b: Reported }) {
  const standing = standingOf(a.report, b.report);
  return (
    <main id="main" className={page.main}>
      <Crumbs way={[['Runs', '/']]} here="Compare" />
      <header>
        <h1 className={page.title}>Two runs side by side</h1>
        <p className={page.lead}>
          {standingWords(standing, b.report)} They are not paired: what changed on the machine between them is
          in every difference. One run with both variants is stronger evidence.{' '}
          <Link href={`/compare?a=${b.id}&b=${a.id}`} prefetch={false}>
            The other way round
          </Link>
        </p>
      </header>
      <ul className={styles.heads} aria-label="The two runs">
        <Head letter="A" run={a} />
        <Head letter="B" run={b} />
      </ul>
      <DifferenceBanner differences={differencesOf(a, b)} names={[`A: ${a.id}`, `B: ${b.id}`]} />
      <Section
        id="standing"
        title="B's candidate against A's"
        subtitle={
          'From the rounds of both runs, without pairs: at 95\u00a0%, and weaker than one run that measures both. Beside the baseline, what the machine did to both variants of a run is gone.'
        }
        flush
      >
        <StandingTable standing={standing} />
      </Section>
      <Section
        id="figures"
        title="What each run found"
        subtitle="The change between the variants of each run, drawn on one logarithmic axis."
        flush
      >
        <SideBySide reports={[a.report, b.report]} names={[a.id, b.id]} />
      </Section>
    </main>
  );
}

/** The metric that decides, from one candidate to the other; nothing where a figure is missing. */
function standingWords({ metrics, refusal }: ReturnType<typeof standingOf>, { primary }: Report): string {
  const metric = metrics.find(({ name }) => name === primary);
  const interval = metric?.besideBaseline ?? metric?.figures;
  if (!metric || !interval) return '';
  const beside = metric.besideBaseline ? ', each beside its baseline' : '';
  const verdict = refusal || !metric.verdict ? '' : `${sentenceCase(metric.verdict)}: `;
  return `${verdict}B's candidate has a ${metric.title} of ${quantity(metric.now, metric.unit)} where A's has ${quantity(metric.before, metric.unit)}, ${change(interval.estimate)} (${changeInterval(Math.max(interval.low, 1e-6), interval.high)})${beside}.`;
}

function Head({ letter, run: { id, report } }: { letter: string; run: Reported }) {
  return (
    <li className={styles.head}>
      <span className={styles.letter}>{letter}</span>
      <div>
        <Link href={`/runs/${id}`} prefetch={false} className={styles.title}>
          {report.title}
        </Link>
        <p className={styles.about}>
          {id} · {dateTime(report.createdAt)} · {report.baseline.name} → {report.candidate.name} ·{' '}
          {report.mode} mode
        </p>
        <p>
          <VerdictChip verdict={report.verdict} />{' '}
          <span className={styles.sentence}>
            {sentenceCase(partsOfSentence(report.sentence).answer.trim())}
          </span>
        </p>
      </div>
    </li>
  );
}

/** As many as somebody reads through; the list of runs finds the rest. */
const offeredMax = 200;

/** Fewer or more than two were chosen, or one has no report. */
function Picker({ runs, chosen, missing }: { runs: RunSummary[]; chosen: string[]; missing: string[] }) {
  const offered = runs.filter(({ id }, index) => index < offeredMax || chosen.includes(id));
  return (
    <main id="main" className={page.main}>
      <Crumbs way={[['Runs', '/']]} here="Compare" />
      <header>
        <h1 className={page.title}>Choose two runs</h1>
        <p className={page.lead}>
          {missing.length > 0
            ? `${missing.join(' and ')} ${missing.length > 1 ? 'have' : 'has'} no report to compare.`
            : chosen.length > 2
              ? `${chosen.length} runs were chosen; a comparison is of two.`
              : 'Their figures are laid side by side, with what differs between them.'}
        </p>
      </header>
      {runs.length < 2 ? (
        <p>There are fewer than two runs with a report.</p>
      ) : (
        <form action="/compare" className={styles.picker}>
          <Choice name="a" label="A" runs={offered} value={chosen[0] ?? runs[1]?.id ?? ''} />
          <Choice name="b" label="B" runs={offered} value={chosen[1] ?? runs[0]?.id ?? ''} />
          <button type="submit">Compare</button>
        </form>
      )}
      {runs.length > offered.length ? (
        <p className={page.lead}>
          These are the newest {offered.length} of {runs.length.toLocaleString('en')}; older ones are found
          and ticked in{' '}
          <Link href="/" prefetch={false}>
            the list of runs
          </Link>
          .
        </p>
      ) : null}
    </main>
  );
}

function Choice({
  name,
  label,
  runs,
  value,
}: {
  name: string;
  label: string;
  runs: RunSummary[];
  value: string;
}) {
  return (
    <label>
      {label}
      <select name={name} defaultValue={value}>
        {runs.map((run) => (
          <option key={run.id} value={run.id}>
            {optionWords(run)}
          </option>
        ))}
      </select>
    </label>
  );
}

function optionWords({ id, title, createdAt, outcome }: RunSummary): string {
  return [createdAt ? dateTime(createdAt) : null, outcome?.verdict, title, id].filter(Boolean).join(' · ');
}
