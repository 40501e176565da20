import type { Metadata } from 'next';
import { Files } from '../../../../components/Details.tsx';
import { PageHead } from '../../../../components/RunHead.tsx';
import { Share } from '../../../../components/Share.tsx';
import { runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Files' };

/** Everything that the run left, to open or to keep. */
export default async function FilesPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  return (
    <>
      <PageHead run={run} title="Files" lead="Everything that this run left, to open or to keep." />
      {run.report ? <Share id={run.id} /> : null}
      <Files run={run} />
    </>
  );
}
