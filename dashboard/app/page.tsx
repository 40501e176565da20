import Link from 'next/link';
import { Live } from '../components/Live.tsx';
import page from '../components/page.module.css';
import { RunsFilter } from '../components/RunsFilter.tsx';
import { EmptyRuns, RunsTable } from '../components/RunsTable.tsx';
import { accessOf } from '../lib/access.ts';
import { type Query, readQuery } from '../lib/addressQuery.ts';
import { liveWord } from '../lib/liveWord.ts';
import type { RunSummary } from '../lib/runIndex.ts';
import { listRuns, type RunsQuery, runsAddress, runsQuerySchema } from '../lib/runList.ts';

const pageSize = 50;

export default async function RunsPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { state: query, notes } = readQuery(runsQuerySchema, await searchParams);
  const list = await listRuns(query, pageSize);
  if (list.total === 0) return <EmptyRuns />;
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>Runs</h1>
        <p className={page.lead}>What ran, and what came out.</p>
      </header>
      {list.running.map((run) => (
        <Running key={run.id} run={run} />
      ))}
      <RunsFilter query={query} list={list} notes={notes} />
      {list.runs.length > 0 ? <RunsTable runs={list.runs} access={await accessOf()} /> : null}
      <Pages query={query} matching={list.matching} />
    </main>
  );
}

function Running({ run }: { run: RunSummary }) {
  if (!run.progress) return null;
  return (
    <div className={page.running}>
      <Link href={`/runs/${run.id}`} prefetch={false} className={page.runningTitle}>
        {run.title ?? run.id}
      </Link>
      <Live id={run.id} first={liveWord(run.progress, run.state)} />
    </div>
  );
}

function Pages({ query, matching }: { query: RunsQuery; matching: number }) {
  const { from } = query;
  if (matching <= pageSize && from === 0) return null;
  return (
    <nav className={page.pages} aria-label="More runs">
      {from > 0 ? (
        <Link href={runsAddress(query, { from: Math.max(0, from - pageSize) })} prefetch={false}>
          Newer runs
        </Link>
      ) : (
        <span />
      )}
      <span>
        {Math.min(from + 1, matching)} to {Math.min(matching, from + pageSize)} of {matching}
      </span>
      {from + pageSize < matching ? (
        <Link href={runsAddress(query, { from: from + pageSize })} prefetch={false}>
          Older runs
        </Link>
      ) : (
        <span />
      )}
    </nav>
  );
}
