import type { Metadata } from 'next';
import { Files } from '../../../../components/Details.tsx';
import { Logs } from '../../../../components/Logs.tsx';
import { PageHead } from '../../../../components/RunHead.tsx';
import { Section } from '../../../../components/Section.tsx';
import { Share } from '../../../../components/Share.tsx';
import { listFiles } from '../../../../lib/fileList.ts';
import { runOf } from '../../../../lib/runPage.ts';

export const metadata: Metadata = { title: 'Files' };

/** Everything that the run left, to open or to keep. */
export default async function FilesPage({ params }: { params: Promise<{ id: string }> }) {
  const run = await runOf(params);
  return (
    <>
      <PageHead run={run} title="Files" lead="Everything that this run left, to open or to keep." />
      {run.report ? <Share id={run.id} /> : null}
      <Files run={run} groups={await listFiles(run)} />
      {run.state === 'finished' ? (
        <Section
          id="logs"
          title="Logs"
          subtitle="What the processes of this run and the parts of the stack wrote."
        >
          <Logs id={run.id} pollMs={null} />
        </Section>
      ) : null}
    </>
  );
}
