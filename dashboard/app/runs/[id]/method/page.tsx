import { guardSummary } from '@dyno/lab/words';
import type { Metadata } from 'next';
import { Environment } from '../../../../components/Details.tsx';
import { GuardList } from '../../../../components/Guards.tsx';
import { Method } from '../../../../components/Method.tsx';
import { MetricDetails } from '../../../../components/MetricDetails.tsx';
import { PathSection } from '../../../../components/PathSection.tsx';
import page from '../../../../components/page.module.css';
import { Rounds } from '../../../../components/Rounds.tsx';
import { PageHead } from '../../../../components/RunHead.tsx';
import { Section } from '../../../../components/Section.tsx';
import { namesOf, runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Method' };

/** May I trust it? */
export default async function MethodPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  const { report } = run;
  return (
    <>
      <PageHead
        run={run}
        title="Method"
        lead="May this run be trusted? How it was measured, what was left out, and what this machine can tell apart."
      />
      {report ? (
        <>
          <Section id="guards" title={`Guards: ${guardSummary(report.guards)}`} flush>
            <div className={page.inset}>
              <GuardList guards={report.guards} />
            </div>
          </Section>
          <Method run={run} report={report} />
          <PathSection report={report} />
          <Section id="estimates" title="What this run could have seen" flush>
            <MetricDetails report={report} />
          </Section>
        </>
      ) : null}
      {names ? (
        <Section
          id="rounds"
          title="Rounds"
          subtitle="A round is one start of the service, its warm-up and its window: the unit that is counted, never the request."
          flush
        >
          <Rounds isRunning={run.state === 'running'} rounds={run.rounds} names={names} />
        </Section>
      ) : null}
      {run.environment ? <Environment environment={run.environment} /> : null}
    </>
  );
}
