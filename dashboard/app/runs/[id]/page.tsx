import type { Report } from '@dyno/contracts/report';
import { percent } from '@dyno/lab/format';
import { guardSummary } from '@dyno/lab/words';
import Link from 'next/link';
import { About } from '../../../components/About.tsx';
import { ChartSections } from '../../../components/ChartSections.tsx';
import { Goals, Notes } from '../../../components/Details.tsx';
import { FiguresTable } from '../../../components/FiguresTable.tsx';
import { GuardList, GuardStrip } from '../../../components/Guards.tsx';
import { IntervalPlot } from '../../../components/IntervalPlot.tsx';
import { Next } from '../../../components/Next.tsx';
import page from '../../../components/page.module.css';
import { PlannedHead, RunHead } from '../../../components/RunHead.tsx';
import { Section } from '../../../components/Section.tsx';
import { Share } from '../../../components/Share.tsx';
import { SoFar } from '../../../components/SoFar.tsx';
import { Tiles } from '../../../components/Tiles.tsx';
import type { Query } from '../../../lib/addressQuery.ts';
import type { Run } from '../../../lib/results.ts';
import { type Names, namesOf, runOf } from '../../../lib/runPage.ts';

/** Is it faster, by how much, how surely? */
export default async function OverviewPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<Query>;
}) {
  const run = await runOf(params);
  const names = namesOf(run);
  const { report } = run;
  const figures = names ? <Figures run={run} names={names} query={await searchParams} /> : null;
  if (report?.verdict === 'invalid')
    return (
      <>
        <RunHead run={run} report={report} />
        <Section id="guards" title="Why it does not count" flush>
          <div className={page.inset}>
            <GuardList guards={report.guards.filter(({ status }) => status !== 'pass')} />
            <Link href={`/runs/${run.id}/method#guards`} prefetch={false} className={page.all}>
              All guards: {guardSummary(report.guards)}
            </Link>
          </div>
        </Section>
        <Around run={run} />
        <details className={page.invalid}>
          <summary>Show the figures anyway; a guard failed, so they do not count</summary>
          <div className={page.invalidFigures}>{figures}</div>
        </details>
        <Notes report={report} problems={run.problems} />
      </>
    );
  return (
    <>
      {report ? <RunHead run={run} report={report} /> : <PlannedHead run={run} />}
      {report ? <GuardStrip report={report} /> : null}
      {report ? (
        <Answer report={report} />
      ) : names && run.state !== 'unreadable' ? (
        <SoFar run={run} names={names} />
      ) : null}
      {report ? <Tiles report={report} /> : null}
      <Around run={run} />
      {figures}
      <Notes report={report} problems={['unreadable', 'older'].includes(run.state) ? [] : run.problems} />
      {report ? <Share id={run.id} /> : null}
    </>
  );
}

/** What was compared, and what a reader does with the answer. */
function Around({ run }: { run: Run }) {
  if (!run.report) return <About run={run} />;
  return (
    <div className={page.two}>
      <About run={run} />
      <Next report={run.report} />
    </div>
  );
}

/** Everything that is a figure of the variants: it counts only where no guard failed. */
function Figures({ run, names, query }: { run: Run; names: Names; query: Query }) {
  const { report } = run;
  return (
    <>
      <ChartSections run={run} names={names} query={query} />
      {report ? (
        <Section
          id="every-figure"
          title="Before and after"
          subtitle="Every metric of the run. A verdict in brackets is for information: it does not decide."
          flush
        >
          <FiguresTable report={report} />
          <Goals report={report} />
        </Section>
      ) : null}
    </>
  );
}

function Answer({ report }: { report: Report }) {
  return (
    <section id="figures" className={page.answer} aria-label="What changed, and how surely">
      <IntervalPlot report={report} />
      <details className={page.how}>
        <summary>How to read</summary>
        <p>
          {report.candidate.name} against {report.baseline.name}. A dot is the estimate of the change, its bar
          the interval, the dashed line no change, the shaded strip the margin of ±{percent(report.margin)}
          {report.calibration ? ', the dotted lines the noise floor of this machine' : ''}. The axis is
          logarithmic, so ÷2 is as far as ×2. Error rates have a strip of their own, in percentage points.
        </p>
      </details>
    </section>
  );
}
