import { guardSummary } from '@dyno/lab/words';
import type { Metadata } from 'next';
import { Dilution, Observer, Responses } from '../../../../components/Checks.tsx';
import { Environment, Notes } from '../../../../components/Details.tsx';
import { GuardList } from '../../../../components/Guards.tsx';
import { Method } from '../../../../components/Method.tsx';
import { MetricDetails } from '../../../../components/MetricDetails.tsx';
import { PathSection } from '../../../../components/PathSection.tsx';
import page from '../../../../components/page.module.css';
import { Rounds } from '../../../../components/Rounds.tsx';
import { PageHead } from '../../../../components/RunHead.tsx';
import { Section } from '../../../../components/Section.tsx';
import { readChecks } from '../../../../lib/checks.ts';
import { namesOf, runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Method' };

/** May I trust it? */
export default async function MethodPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  const { report } = run;
  const { responses, observer, dilution, before, problems } = await readChecks(run);
  return (
    <>
      <PageHead
        run={run}
        title="Method"
        lead="May this run be trusted? How it was measured, what was left out, and what this machine can tell apart."
      />
      <Contents
        parts={[
          ['guards', 'Guards', report],
          ['method', 'How it was measured', report],
          ['path', 'How the interval narrowed', report?.metrics.some(({ path }) => path.length > 0)],
          ['estimates', 'What it could have seen', report?.metrics.some(({ ratio }) => ratio)],
          ['rounds', 'Rounds', names],
          ['answers', 'Answers', responses && names],
          ['dilution', 'Each variant alone', dilution],
          ['observer', 'Cost of observing', observer],
          ['environment', 'Machine', run.environment],
        ]}
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
          <MetricDetails report={report} />
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
      {responses && names ? <Responses responses={responses} names={names} /> : null}
      {dilution ? <Dilution dilution={dilution} /> : null}
      {observer ? <Observer observer={observer} /> : null}
      {run.environment ? <Environment environment={run.environment} before={before} /> : null}
      <Notes report={null} problems={problems} />
    </>
  );
}

/** The page is long. */
function Contents({ parts }: { parts: [id: string, title: string, isThere: unknown][] }) {
  const there = parts.filter(([, , isThere]) => isThere);
  if (there.length < 3) return null;
  return (
    <nav className={page.contents} aria-label="On this page">
      {there.map(([id, title]) => (
        <a key={id} href={`#${id}`}>
          {title}
        </a>
      ))}
    </nav>
  );
}
