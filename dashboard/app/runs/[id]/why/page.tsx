import { CpuBars } from '@dyno/charts/CpuBars';
import type { Metadata } from 'next';
import { Caches } from '../../../../components/Caches.tsx';
import { Findings } from '../../../../components/Findings.tsx';
import { Flamegraphs } from '../../../../components/Flamegraphs.tsx';
import { PageHead } from '../../../../components/RunHead.tsx';
import { Absent, Section } from '../../../../components/Section.tsx';
import { TraceSections } from '../../../../components/TraceSections.tsx';
import { readTracePairs } from '../../../../lib/keptTraces.ts';
import { namesOf, runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Why' };

/** Where the time went: in single requests, in calls, on the CPU. */
export default async function WhyPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  const { report } = run;
  const pairs = await readTracePairs(run.id);
  return (
    <>
      <PageHead
        run={run}
        title="Why"
        lead="Where the time of a request goes: in single requests, in what they ask for, and on the CPU."
      />
      {names ? (
        <>
          <Findings report={report} pairs={pairs} names={names} />
          <TraceSections run={run} pairs={pairs} names={names} />
          {report ? (
            <Section
              id="cpu"
              title="What one request costs"
              subtitle={`CPU milliseconds per request by process, over all measured windows; bars from 0.${report.mode === 'fine' ? ' The own processes of each variant: database and cache serve both and are not split.' : ''}`}
            >
              <CpuBars names={names} cpuMsPerRequest={report.cpuMsPerRequest} />
            </Section>
          ) : null}
          {report ? <Caches report={report} /> : null}
          <Flamegraphs run={run} names={names} />
        </>
      ) : (
        <Absent>Nothing of this run can be read.</Absent>
      )}
    </>
  );
}
