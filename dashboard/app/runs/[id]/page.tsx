import { CpuBars } from '@dyno/charts/CpuBars';
import type { Report } from '@dyno/contracts/report';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound, redirect } from 'next/navigation';
import { Environment, Files, Goals, Notes } from '../../../components/Details.tsx';
import { Flamegraphs } from '../../../components/Flamegraphs.tsx';
import { Live } from '../../../components/Live.tsx';
import { Method } from '../../../components/Method.tsx';
import { MetricDetails } from '../../../components/MetricDetails.tsx';
import { MetricsTable } from '../../../components/MetricsTable.tsx';
import { OverTimeSection } from '../../../components/OverTimeSection.tsx';
import { PairsSection } from '../../../components/PairsSection.tsx';
import { PathSection } from '../../../components/PathSection.tsx';
import { PercentileSection } from '../../../components/PercentileSection.tsx';
import page from '../../../components/page.module.css';
import { Rounds } from '../../../components/Rounds.tsx';
import { PlannedHead, RunHead, Tiles } from '../../../components/RunHead.tsx';
import { Absent, Section } from '../../../components/Section.tsx';
import { StateBanner } from '../../../components/StateBanner.tsx';
import { Traces } from '../../../components/Traces.tsx';
import { liveWord, type Run, readRun } from '../../../lib/results.ts';
import { latestRunId } from '../../../lib/runFiles.ts';

interface Names {
  baseline: string;
  candidate: string;
}

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).id };
}

export default async function RunPage({ params }: Props) {
  const { id } = await params;
  if (id === 'latest') redirect((await latestRunId().then((latest) => latest && `/runs/${latest}`)) ?? '/');
  const run = await readRun(id);
  if (!run) notFound();
  const names = namesOf(run);
  const { report } = run;
  return (
    <main id="main" className={page.main}>
      <nav className={page.crumbs} aria-label="Where you are">
        <Link href="/" prefetch={false}>
          Runs
        </Link>
        <span aria-hidden="true">/</span>
        <span>{run.id}</span>
      </nav>
      <StateBanner run={run} />
      {run.progress && run.state !== 'finished' && run.state !== 'unreadable' ? (
        <Live id={run.id} first={liveWord(run.progress, run.state, run.rounds.length)} />
      ) : null}
      {report ? <RunHead report={report} /> : <PlannedHead run={run} />}
      {names ? <Parts run={run} names={names} /> : null}
      <Notes report={report} problems={['unreadable', 'older'].includes(run.state) ? [] : run.problems} />
      {run.environment ? <Environment environment={run.environment} /> : null}
      <Files run={run} />
    </main>
  );
}

function Parts({ run, names }: { run: Run; names: Names }) {
  const { report } = run;
  const figures = <FigureSections run={run} names={names} />;
  return (
    <>
      <Tabs run={run} />
      {report?.verdict === 'invalid' ? (
        <details className={page.invalid}>
          <summary>Show the figures anyway; a guard failed, so they do not count</summary>
          <div className={page.invalidFigures}>{figures}</div>
        </details>
      ) : (
        figures
      )}
      {run.evidence || report ? (
        <>
          <Flamegraphs run={run} names={names} />
          <Traces run={run} names={names} />
        </>
      ) : null}
      {report ? <Method run={run} report={report} /> : null}
      <Section
        id="rounds"
        title="Rounds"
        subtitle="A round is one start of the service, its warm-up and its window: the unit that is counted, never the request."
        flush
      >
        <Rounds isRunning={run.state === 'running'} rounds={run.rounds} names={names} />
      </Section>
    </>
  );
}

/** Everything that is a figure of the variants: it counts only where no guard failed. */
function FigureSections({ run, names }: { run: Run; names: Names }) {
  const { report, timeline } = run;
  const primary = report?.metrics.find((metric) => metric.name === report.primary);
  return (
    <>
      {report ? <Figures report={report} /> : <NoFigures run={run} />}
      {timeline || primary ? (
        <div className={page.two}>
          <PercentileSection run={run} names={names} />
          {primary && primary.pairs.length > 0 ? <PairsSection metric={primary} names={names} /> : null}
        </div>
      ) : null}
      {report ? <PathSection report={report} /> : null}
      {report || timeline || run.state === 'running' ? <OverTimeSection run={run} names={names} /> : null}
      {report ? (
        <Section
          id="cpu"
          title="What one request costs"
          subtitle={`CPU milliseconds per request by process, over all windows; bars from 0.${report.mode === 'fine' ? ' The own processes of each variant: database and cache serve both and are not split.' : ''}`}
        >
          <CpuBars names={names} cpuMsPerRequest={report.cpuMsPerRequest} />
        </Section>
      ) : null}
    </>
  );
}

/** Only what there is. */
function Tabs({ run }: { run: Run }) {
  const { report, timeline, evidence, environment, files } = run;
  const tabs = [
    ['figures', 'Figures', true],
    ['path', 'Looks', report?.metrics.some(({ path }) => path.length > 0)],
    ['over-time', 'Over time', report || timeline],
    ['cpu', 'CPU', report],
    ['flamegraphs', 'Flamegraphs', evidence || report],
    ['traces', 'Traces', evidence || report],
    ['method', 'Method', report],
    ['rounds', 'Rounds', true],
    ['environment', 'Machine', environment],
    ['files', 'Files', files.length > 0],
  ] as const;
  return (
    <nav className={page.tabs} aria-label="Parts of this page">
      {tabs.map(([id, title, isThere]) =>
        isThere ? (
          <a key={id} href={`#${id}`}>
            {title}
          </a>
        ) : null,
      )}
    </nav>
  );
}

function Figures({ report }: { report: Report }) {
  const subtitle = `${report.candidate.name} against ${report.baseline.name}: a dot is the estimate, its bar the interval, the dashed line no change${report.calibration ? ', dotted lines the noise floor of this machine' : ''}; the axis is logarithmic, so ÷2 is as far as ×2.`;
  return (
    <>
      {report.verdict === 'invalid' ? null : <Tiles report={report} />}
      <Section id="figures" title="What changed, and how surely" subtitle={subtitle} flush>
        <MetricsTable report={report} />
        <MetricDetails report={report} />
        <Goals report={report} />
      </Section>
    </>
  );
}

function NoFigures({ run }: { run: Run }) {
  return (
    <Section id="figures" title="What changed, and how surely">
      <Absent>
        {run.state === 'running'
          ? 'Not measured yet: the verdict comes when the run has ended, and looks before that are not shown.'
          : 'No verdict: the run ended before it had one.'}
      </Absent>
    </Section>
  );
}

function namesOf(run: Run): Names | null {
  if (run.report) return { baseline: run.report.baseline.name, candidate: run.report.candidate.name };
  const experiment = run.plan?.experiment;
  const candidate = experiment?.candidates[0];
  return experiment && candidate ? { baseline: experiment.baseline.name, candidate: candidate.name } : null;
}
