import { IntervalLane } from '@dyno/charts/IntervalLane';
import { type Axis, squeezedAxis } from '@dyno/charts/scale';
import { change, changeInterval } from '@dyno/lab/format';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { type Access, accessOf } from '../lib/access.ts';
import { dateTime } from '../lib/dates.ts';
import type { Outcome, Primary, RunSummary } from '../lib/runIndex.ts';
import { firstCommands, markedChange, resumeCommand, stateWords } from '../lib/words.ts';
import { CompareBar } from './CompareBar.tsx';
import page from './page.module.css';
import { ResumeRun } from './ResumeRun.tsx';
import styles from './RunsTable.module.css';
import { VerdictChip } from './VerdictChip.tsx';

const columns = [
  'chooseColumn',
  'verdictColumn',
  'whatColumn',
  'changeColumn',
  'blocksColumn',
  'dateColumn',
] as const;

/** One line per run: what came out, of what, by how much. */
export function RunsTable({ runs, access }: { runs: RunSummary[]; access: Access }) {
  const axis = squeezedAxis(runs.flatMap(({ outcome }) => outcome?.primary ?? []));
  return (
    <form action="/compare" className={styles.card}>
      <table className={styles.table}>
        <caption className="visually-hidden">All runs, newest first</caption>
        <colgroup>
          {columns.map((column) => (
            <col key={column} className={styles[column]} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className={styles.choose}>
              <span className="visually-hidden">Choose</span>
            </th>
            <th scope="col">Verdict</th>
            <th scope="col">Experiment</th>
            <th scope="col">
              Primary metric <small>change, squeezed away from 0</small>
            </th>
            <th scope="col" className={styles.number}>
              Blocks
            </th>
            <th scope="col" className={styles.number}>
              Date
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.id} run={run} axis={axis} access={access} />
          ))}
        </tbody>
      </table>
      {runs.filter(({ outcome }) => outcome).length > 1 ? <CompareBar /> : null}
    </form>
  );
}

function Row({ run, axis, access }: { run: RunSummary; axis: Axis; access: Access }) {
  const { outcome } = run;
  return (
    <tr data-run={run.id} data-state={run.state}>
      <td className={styles.choose}>
        {outcome ? (
          <label>
            <span className="visually-hidden">Compare {run.id}</span>
            <input
              type="checkbox"
              name="run"
              value={run.id}
              data-experiment={run.experiment ?? ''}
              data-machine={outcome.fingerprint.slice(0, 16)}
            />
          </label>
        ) : null}
      </td>
      <td className={styles.verdict}>
        {run.state === 'finished' && outcome ? (
          <VerdictChip verdict={outcome.verdict} />
        ) : (
          <span className={styles.state} data-state={run.state}>
            {stateWords[run.state]}
          </span>
        )}
      </td>
      <th scope="row" className={styles.what}>
        <Link href={`/runs/${run.id}`} prefetch={false}>
          {run.title ?? run.id}
        </Link>
        <small>
          {run.variants ? `${run.variants.baseline} → ${run.variants.candidate}  ·  ` : ''}
          {run.title ? run.id : 'no title can be read'}
          {run.experiment ? (
            <>
              {'  ·  '}
              <Link
                href={`/experiments/${run.experiment}`}
                prefetch={false}
                className={styles.history}
                aria-label={`history of ${run.experiment}`}
              >
                history
              </Link>
            </>
          ) : null}
          {outcome?.verdict === 'invalid' && access !== 'only-reads' ? (
            <>
              {'  ·  '}
              <Again href={`/new?repeat=${run.id}`}>repeat</Again>
            </>
          ) : null}
        </small>
      </th>
      {run.state === 'finished' && outcome?.primary?.ratio ? (
        <>
          <td className={styles.change} data-counts={outcome.verdict !== 'invalid'}>
            <Change outcome={outcome} {...outcome.primary} ratio={outcome.primary.ratio} axis={axis} />
          </td>
          <td className={styles.number} data-label="blocks">
            {outcome.blocks}
          </td>
        </>
      ) : (
        <td className={styles.change} colSpan={2}>
          <Unfinished run={run} access={access} />
        </td>
      )}
      <td className={styles.number}>{run.createdAt ? dateTime(run.createdAt) : '–'}</td>
    </tr>
  );
}

function Change({
  outcome,
  axis,
  ...primary
}: Primary & { outcome: Outcome; ratio: NonNullable<Primary['ratio']>; axis: Axis }) {
  const { ratio, title } = primary;
  return (
    <div className={styles.changeInner}>
      <div className={styles.lane}>
        <IntervalLane
          axis={axis}
          interval={{ ...ratio, low: Math.max(ratio.low, 1e-6) }}
          none={1}
          margin={null}
          label={`${title}: ${change(ratio.estimate)}, ${changeInterval(ratio.low, ratio.high)}`}
        />
      </div>
      <div className={styles.words}>
        <strong>{markedChange(primary)}</strong>
        <small>{outcome.verdict === 'invalid' ? invalidWords(outcome) : title}</small>
      </div>
    </div>
  );
}

/** What is wrong with the run, and what to do. */
function Unfinished({ run, access }: { run: RunSummary; access: Access }) {
  const [problem] = run.problems;
  switch (run.state) {
    case 'older':
      return (
        <Note>
          made by an older version of Dyno, which can still open it;{' '}
          {access === 'only-reads' ? (
            'measure again with this one'
          ) : (
            <Again href="/new">measure again with this one</Again>
          )}
        </Note>
      );
    case 'unreadable':
      return (
        <Note>
          {problem ? (
            <>
              <code>{problem.file}</code> {problem.message}
            </>
          ) : (
            'none of its files can be read'
          )}
        </Note>
      );
    case 'running':
    case 'finished':
      return <Note>no interval: fewer than two blocks count</Note>;
    default:
      return (
        <Note>
          {whyUnfinished(run)}{' '}
          {access === 'full' ? (
            <ResumeRun id={run.id} />
          ) : (
            <>
              Go on with <code>{resumeCommand(run.id)}</code>
            </>
          )}
        </Note>
      );
  }
}

function Note({ children }: { children: ReactNode }) {
  return <div className={styles.note}>{children}</div>;
}

function Again({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className={styles.again}>
      {children}
    </Link>
  );
}

function whyUnfinished({ state, progress }: RunSummary): string {
  const after =
    progress && progress.block > 0 ? ` in block ${progress.block} of at most ${progress.blocksMax}` : '';
  switch (state) {
    case 'crashed':
      return `Its process died${after}.`;
    case 'interrupted':
      return `Stopped by hand${after}.`;
    case 'failed':
      return progress?.message ? `${progress.message.replace(/[.\s]*$/, '')}.` : `It failed${after}.`;
    default:
      return 'It ended without a report.';
  }
}

const invalidWords = ({ failed }: Outcome): string =>
  failed.length > 0 ? `does not count: ${failed.join(', ')}` : 'does not count';

/** The first thing somebody sees of Dyno who has measured nothing yet. */
export async function EmptyRuns() {
  const access = await accessOf();
  return (
    <main id="main" className={page.main}>
      <section className={styles.empty}>
        <h1 className={page.title}>No runs yet</h1>
        <p className={page.lead}>
          A run measures a service before and after an optimization, under the same load, and says whether it
          is faster, by how much and how surely. The first one takes a few minutes:
        </p>
        <pre className={styles.command}>{firstCommands[0]}</pre>
        <p className={page.lead}>or, where the stack is up already:</p>
        <pre className={styles.command}>{firstCommands[1]}</pre>
        <p className={page.lead}>
          {access === 'only-reads' ? null : (
            <>
              The same is started from <Link href="/new">New run</Link>.{' '}
            </>
          )}
          Load this page again when it has begun; from then on it follows by itself.
        </p>
      </section>
    </main>
  );
}
