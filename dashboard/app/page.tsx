import Link from 'next/link';
import { Live } from '../components/Live.tsx';
import page from '../components/page.module.css';
import { EmptyRuns, RunsTable } from '../components/RunsTable.tsx';
import { listRuns, liveWord } from '../lib/results.ts';

const pageSize = 100;

export default async function RunsPage({
  searchParams,
}: {
  searchParams: Promise<{ from?: string | string[] }>;
}) {
  const from = Math.max(0, Number.parseInt(String((await searchParams).from ?? '0'), 10) || 0);
  const { running, runs, total } = await listRuns(from, pageSize);
  if (running.length + total === 0) return <EmptyRuns />;
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>Runs</h1>
        <p className={page.lead}>What ran, and what came out.</p>
      </header>
      {running.map((run) =>
        run.progress ? (
          <div key={run.id} className={page.running}>
            <Link href={`/runs/${run.id}`} prefetch={false} className={page.runningTitle}>
              {run.title ?? run.id}
            </Link>
            <Live id={run.id} first={liveWord(run.progress, run.state, 0)} />
          </div>
        ) : null,
      )}
      {runs.length > 0 ? <RunsTable runs={runs} /> : null}
      {total > pageSize ? (
        <nav className={page.pages} aria-label="More runs">
          {from > 0 ? <Link href={`/?from=${Math.max(0, from - pageSize)}`}>Newer runs</Link> : <span />}
          <span>
            {from + 1} to {Math.min(total, from + pageSize)} of {total}
          </span>
          {from + pageSize < total ? <Link href={`/?from=${from + pageSize}`}>Older runs</Link> : <span />}
        </nav>
      ) : null}
    </main>
  );
}
