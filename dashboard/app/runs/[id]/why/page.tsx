import type { Metadata } from 'next';
import { Flamegraphs } from '../../../../components/Flamegraphs.tsx';
import { Absent } from '../../../../components/Section.tsx';
import { Sentence } from '../../../../components/Sentence.tsx';
import { Traces } from '../../../../components/Traces.tsx';
import { namesOf, runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Why' };

/** Where the time went, in profiles and in single requests. */
export default async function WhyPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  const names = namesOf(run);
  return (
    <>
      <Sentence run={run} title="Why" />
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
