import { VariantLabel } from '@dyno/charts/VariantLabel';
import { count, milliseconds, plural } from '@dyno/lab/format';
import type { OpenedTrace, TraceView } from '../lib/keptTraces.ts';
import { packTrace, type Trace } from '../lib/trace.ts';
import { compareCalls, percentileWords } from '../lib/tracePair.ts';
import { CallsTable } from './CallsTable.tsx';
import { fileUrl } from './Flamegraphs.tsx';
import { RequestBars } from './RequestBars.tsx';
import { Absent, Section } from './Section.tsx';
import { TracePair, type TraceState } from './TracePair.tsx';
import styles from './TraceWaterfalls.module.css';

type Readable = OpenedTrace & { trace: Trace };
type Query = Record<string, string | string[] | undefined>;

/** Where one is shorter than this share of the other, on the same axis it would be a line. */
const fitBelow = 1 / 8;

export function TraceWaterfalls({ id, view, query }: { id: string; view: TraceView; query: Query }) {
  const { opened, names } = view;
  const readable = opened.filter((one): one is Readable => one.trace !== null);
  const lengths = readable.map(({ trace }) => trace.durationMs);
  const usual: TraceState = {
    isFitted: Math.min(...lengths) < Math.max(...lengths) * fitBelow,
    isUnfolded: false,
  };
  const [first, second] = readable;
  return (
    <>
      {opened
        .filter(({ trace }) => trace === null)
        .map(({ file, problem }) => (
          <Absent key={file}>
            <code>{file}</code> {problem}.
          </Absent>
        ))}
      {first && second && first.side !== second.side ? (
        <Section
          id="parts"
          title="What they wait for"
          subtitle="Milliseconds from 0 on one axis: the parts of the critical path, which together are the request."
        >
          <RequestBars
            names={names}
            requests={[
              {
                key: first.about?.kind ?? 'request',
                title: null,
                link: null,
                baseline: (first.side === 'baseline' ? first : second).trace,
                candidate: (first.side === 'candidate' ? first : second).trace,
              },
            ]}
          />
        </Section>
      ) : null}
      {readable.length > 0 ? (
        <TracePair
          first={stateOf(query, usual)}
          usual={usual}
          shown={readable.map((one) => ({
            side: one.side,
            name: nameOf(one),
            head: <Head id={id} one={one} isPair={readable.length > 1} />,
            packed: packTrace(one.trace),
          }))}
        />
      ) : null}
      {readable.length > 0 ? (
        <HowToRead hasCoarseStarts={readable.some(({ trace }) => trace.hasCoarseStarts)} />
      ) : null}
      {first && second && first.side !== second.side ? (
        <Calls first={first} second={second} view={view} />
      ) : null}
    </>
  );
}

function HowToRead({ hasCoarseStarts }: { hasCoarseStarts: boolean }) {
  return (
    <details className={styles.how}>
      <summary>How to read</summary>
      <ul>
        <li>
          A bar is a span: one piece of work from its start to its end, with everything below it. Five or more
          equal ones beside each other are one line, which opens.
        </li>
        <li>
          The line under a bar is the critical path: from the end of the answer backwards, always what ended
          last. Only what is on it can make the answer come sooner by being shorter.
        </li>
        <li>
          A query ends when the service takes up its answer. In a busy service that includes waiting until it
          is its turn, so that even a small query looks long.
        </li>
        <li>
          These requests come from a pass in which every request is traced, which costs time of its own: hold
          them against each other, not against the measured latencies.
        </li>
        {hasCoarseStarts ? (
          <li>
            The starts of these spans were recorded in whole milliseconds, their lengths are exact. Spans that
            follow each other within a millisecond seem to begin together, and below some milliseconds the
            critical path is rough.
          </li>
        ) : null}
      </ul>
    </details>
  );
}

function Calls({ first, second, view }: { first: Readable; second: Readable; view: TraceView }) {
  const [baseline, candidate] = first.side === 'baseline' ? [first, second] : [second, first];
  return (
    <Section
      id="calls"
      title="Which queries and spans differ"
      subtitle="Calls and their time together in these two requests, the largest difference first. A span with others below it counts with its own share."
      flush
    >
      <CallsTable
        calls={compareCalls(baseline.trace, candidate.trace)}
        names={view.names}
        caption="Queries and spans of these two requests"
      />
    </Section>
  );
}

function Head({ id, one, isPair }: { id: string; one: Readable; isPair: boolean }) {
  const { about, trace, side, file, jaegerUrl } = one;
  return (
    <div className={styles.head}>
      <VariantLabel side={side} name={about?.variant ?? file} />
      <span>
        {about && isPair ? `${about.kind}, ` : null}
        <b>{milliseconds(trace.requestMs)}</b>
        {trace.durationMs > trace.requestMs * 1.01
          ? ` to the answer, ${milliseconds(trace.durationMs)} to the last span`
          : null}
        , {plural(trace.spans.length, 'span')}
      </span>
      <span className={styles.links}>
        {jaegerUrl ? (
          <a href={jaegerUrl} target="_blank" rel="noreferrer">
            {jaegerUrl.includes('/api/') ? 'In Jaeger (JSON)' : 'In Jaeger'}
          </a>
        ) : null}
        <a href={fileUrl(id, file)}>All its data</a>
      </span>
    </div>
  );
}

function nameOf({ about, file, trace }: Readable): string {
  return about
    ? `${about.variant} at ${about.kind}, ${percentileWords[about.kind]}`
    : `${file}, ${count(trace.spans.length)} spans`;
}

/** What an address does not say, or says wrongly, is as usual. */
function stateOf(query: Query, usual: TraceState): TraceState {
  return {
    isFitted: query.axis === 'fit' || (query.axis === 'same' ? false : usual.isFitted),
    isUnfolded: query.spans === 'all',
  };
}
