import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { Live } from '../../../components/Live.tsx';
import page from '../../../components/page.module.css';
import { RunBar } from '../../../components/RunBar.tsx';
import { StateBanner } from '../../../components/StateBanner.tsx';
import { namesOf, runOf } from '../../../lib/runPage.ts';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  return { title: { default: id, template: `%s · ${id} · Dyno` } };
}

/** The frame of every page of a run: which run it is, how it stands, its pages, and the one that is open. */
export default async function RunLayout({ params, children }: Props & { children: ReactNode }) {
  const run = await runOf(params);
  const isOver = ['finished', 'unreadable', 'older'].includes(run.state);
  return (
    <>
      <RunBar run={run} names={namesOf(run)} />
      <main id="main" className={page.main}>
        <StateBanner run={run} />
        {isOver ? null : <Live id={run.id} first={run.live} />}
        {children}
      </main>
    </>
  );
}
