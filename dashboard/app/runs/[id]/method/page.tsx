import type { Metadata } from 'next';
import { Environment } from '../../../../components/Details.tsx';
import { Guards } from '../../../../components/Guards.tsx';
import { Method } from '../../../../components/Method.tsx';
import { MetricDetails } from '../../../../components/MetricDetails.tsx';
import { PathSection } from '../../../../components/PathSection.tsx';
import { Rounds } from '../../../../components/Rounds.tsx';
import { Section } from '../../../../components/Section.tsx';
import { Sentence } from '../../../../components/Sentence.tsx';
import { namesOf, runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Method' };

/** May I trust it? */
export default async function MethodPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  const { report } = run;
  return (
    <>
      <Sentence run={run} title="Method" />
      {report ? (
        <>
          <Guards guards={report.guards} />
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
