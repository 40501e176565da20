import type { Metadata } from 'next';
import { Flamegraphs } from '../../../../components/Flamegraphs.tsx';
import { PageHead } from '../../../../components/RunHead.tsx';
import { Absent } from '../../../../components/Section.tsx';
import { Traces } from '../../../../components/Traces.tsx';
import { namesOf, runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Why' };

/** Where the time went, in profiles and in single requests. */
export default async function WhyPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  return (
    <>
      <PageHead
        run={run}
        title="Why"
        lead="Where the time of a request goes: in profiles of both variants, and in single requests."
      />
      {names ? (
        <>
          <Flamegraphs run={run} names={names} />
          <Traces run={run} names={names} />
        </>
      ) : (
        <Absent>Nothing of this run can be read.</Absent>
      )}
    </>
  );
}
