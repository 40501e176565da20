import { ViewProvider } from '../explore/View.tsx';
import type { Query } from '../lib/addressQuery.ts';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';
import { knownOf, timeSeries } from '../lib/series.ts';
import { viewOf } from '../lib/viewQuery.ts';
import { CostSection } from './CostSection.tsx';
import { ErrorsSection } from './ErrorsSection.tsx';
import { OverTimeSection } from './OverTimeSection.tsx';
import { PairsSection } from './PairsSection.tsx';
import { PercentileSection } from './PercentileSection.tsx';
import page from './page.module.css';
import { PairsSoFar } from './SoFar.tsx';

/** Every chart of a run's overview, set up as the address says. */
export function ChartSections({ run, names, query }: { run: Run; names: Names; query: Query }) {
  const { report, timeline } = run;
  const data = timeSeries(run, names);
  const { state, notes } = viewOf(query, knownOf(run, names, data));
  return (
    <ViewProvider runId={run.id} names={names} given={state}>
      {notes.length > 0 ? (
        <div className={page.notes} role="status">
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </div>
      ) : null}
      <div className={page.two}>
        <PercentileSection run={run} names={names} />
        {report ? (
          <PairsSection metrics={report.metrics} primary={report.primary} isJudged />
        ) : (
          <PairsSoFar run={run} names={names} />
        )}
        {report ? <CostSection report={report} /> : null}
      </div>
      <ErrorsSection run={run} names={names} />
      {report || timeline || run.state === 'running' ? (
        <OverTimeSection run={run} names={names} data={data} state={state} />
      ) : null}
    </ViewProvider>
  );
}
