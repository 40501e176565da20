import { VariantLabel } from '@dyno/charts/VariantLabel';
import { count, milliseconds, plural } from '@dyno/lab/format';
import type { OpenedTrace, TraceView } from '../lib/keptTraces.ts';
import { packTrace, type Trace } from '../lib/trace.ts';
import { compareCalls, percentileWords } from '../lib/tracePair.ts';
import { type TraceState, traceStateOf } from '../lib/traceQuery.ts';
import { CallsTable } from './CallsTable.tsx';
import { fileUrl } from './Flamegraphs.tsx';
import { RequestBars } from './RequestBars.tsx';
import { Absent, Section } from './Section.tsx';
import { TraceHowTo } from './TraceHowTo.tsx';
import { TracePair } from './TracePair.tsx';
import styles from './TraceWaterfalls.module.css';

type Readable = OpenedTrace & { trace: Trace };
type Query = Record<string, string | string[] | undefined>;

/** Where one is shorter than this share of the other, on the same axis it would be a line. */
const fitBelow = 1 / 8;

export function TraceWaterfalls({ id, view, query }: { id: string; view: TraceView; query: Query }) {
  const { opened } = view;
  const readable = opened.filter((one): one is Readable => one.trace !== null);
  const lengths = readable.map(({ trace }) => trace.durationMs);
  const usual: TraceState = {
    isFitted: Math.min(...lengths) < Math.max(...lengths) * fitBelow,
    isUnfolded: false,
  };
  const [first, second] = readable;
  const { state, notes } = traceStateOf(query, usual);
  return (
    <>
      {opened
        .filter(({ trace }) => trace === null)
        .map(({ file, problem }) => (
          <Absent key={file}>
            <code>{file}</code> {problem}.
          </Absent>
        ))}
      {notes.map((note) => (
        <Absent key={note}>{note}</Absent>
      ))}
      {second ? (
        <Section
          id="parts"
          title="What they wait for"
          subtitle="Milliseconds from 0 on one axis: the parts of the critical path, which together are the request."
        >
          <RequestBars
            requests={[
              {
                key: 'this pair',
                title: null,
                link: null,
                traces: readable.map((one) => ({ side: one.side, name: shortNameOf(one), trace: one.trace })),
              },
            ]}
          />
        </Section>
      ) : null}
      {readable.length > 0 ? (
        <TracePair
          first={state}
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
        <TraceHowTo hasCoarseStarts={readable.some(({ trace }) => trace.hasCoarseStarts)} />
      ) : null}
      {first && second ? <Calls first={first} second={second} /> : null}
    </>
  );
}

function Calls({ first, second }: { first: Readable; second: Readable }) {
  return (
    <Section
      id="calls"
      title="Which queries and spans differ"
      subtitle="Calls and their time together in these two requests, the largest difference first. A span with others below it counts with its own share."
      flush
    >
      <CallsTable
        calls={compareCalls(first.trace, second.trace)}
        names={{ baseline: shortNameOf(first), candidate: shortNameOf(second) }}
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

const shortNameOf = ({ about, file }: Readable): string => (about ? `${about.variant}, ${about.kind}` : file);
