import type { Metadata } from 'next';
import { Files } from '../../../../components/Details.tsx';
import { Sentence } from '../../../../components/Sentence.tsx';
import { runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Files' };

/** Everything that the run left, to open or to keep. */
export default async function FilesPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  return (
    <>
      <Sentence run={run} title="Files" />
      <Files run={run} />
    </>
  );
}
