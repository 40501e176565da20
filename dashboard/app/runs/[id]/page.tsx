import { CpuBars } from '@dyno/charts/CpuBars';
import type { Report } from '@dyno/contracts/report';
import { Goals, Notes } from '../../../components/Details.tsx';
import { Guards } from '../../../components/Guards.tsx';
import { MetricsTable } from '../../../components/MetricsTable.tsx';
import { Next } from '../../../components/Next.tsx';
import { OverTimeSection } from '../../../components/OverTimeSection.tsx';
import { PairsSection } from '../../../components/PairsSection.tsx';
import { PercentileSection } from '../../../components/PercentileSection.tsx';
import page from '../../../components/page.module.css';
import { PlannedHead, RunHead, Tiles } from '../../../components/RunHead.tsx';
import { Absent, Section } from '../../../components/Section.tsx';
import type { Run } from '../../../lib/results.ts';
import { type Names, namesOf, runOf } from '../../../lib/runPage.ts';

/** Is it faster, by how much, how surely? */
export default async function OverviewPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  const { report } = run;
  const figures = names ? <Figures run={run} names={names} /> : null;
  return (
    <>
      {report ? <RunHead report={report} /> : <PlannedHead run={run} />}
      {report ? <Guards guards={report.guards} /> : null}
      {report?.verdict === 'invalid' ? (
        <>
          <Next report={report} />
          <details className={page.invalid}>
            <summary>Show the figures anyway; a guard failed, so they do not count</summary>
            <div className={page.invalidFigures}>{figures}</div>
          </details>
        </>
      ) : (
        figures
      )}
      <Notes report={report} problems={['unreadable', 'older'].includes(run.state) ? [] : run.problems} />
    </>
  );
}

/** Everything that is a figure of the variants: it counts only where no guard failed. */
function Figures({ run, names }: { run: Run; names: Names }) {
  const { report, timeline } = run;
  const primary = report?.metrics.find((metric) => metric.name === report.primary);
  return (
    <>
      {report ? <Answer report={report} /> : <NoFigures run={run} />}
      {timeline || primary ? (
        <div className={page.two}>
          <PercentileSection run={run} names={names} />
          {primary && primary.pairs.length > 0 ? <PairsSection metric={primary} names={names} /> : null}
        </div>
      ) : null}
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

function Answer({ report }: { report: Report }) {
  const subtitle = `${report.candidate.name} against ${report.baseline.name}: a dot is the estimate, its bar the interval, the dashed line no change${report.calibration ? ', dotted lines the noise floor of this machine' : ''}; the axis is logarithmic, so ÷2 is as far as ×2.`;
  return (
    <>
      <Section id="figures" title="What changed, and how surely" subtitle={subtitle} flush>
        <MetricsTable report={report} />
        <Goals report={report} />
      </Section>
      {report.verdict === 'invalid' ? null : (
        <>
          <Tiles report={report} />
          <Next report={report} />
        </>
      )}
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
