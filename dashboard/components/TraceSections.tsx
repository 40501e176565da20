import { count } from '@dyno/lab/format';
import Link from 'next/link';
import type { ReadPair } from '../lib/keptTraces.ts';
import type { Run } from '../lib/results.ts';
import { compareCalls, pairAddress, percentileWords, type Side } from '../lib/tracePair.ts';
import { CallsTable } from './CallsTable.tsx';
import { RequestBars } from './RequestBars.tsx';
import { Absent, Section } from './Section.tsx';
import styles from './TraceSections.module.css';

/** Rows of the table of calls here; the page of the pair has them all. */
const callsMax = 8;

/** The kept requests of both variants: what they waited for, and which calls they made. */
export function TraceSections({
  run,
  pairs,
  names,
}: {
  run: Run;
  pairs: ReadPair[];
  names: Record<Side, string>;
}) {
  // Of one variant alone: an empty place in the picture would look like a difference.
  const missing = (run.evidence?.missing ?? []).filter((line) => /^(?:\w+ )?traces? of /.test(line));
  return (
    <>
      <Section
        id="traces"
        title="What a request waits for"
        subtitle="Single requests from a pass of its own, with every request traced: the ones at p50, p95 and p99 of each variant. Bars are milliseconds from 0, all on one axis; they say where the end of the answer was waited for. Examples, not measurements: the verdict rests on all requests."
      >
        {pairs.length === 0 ? (
          <Absent>No traces were captured: {whyNone(run)}.</Absent>
        ) : (
          <RequestBars
            requests={pairs.map(({ pair, baseline, candidate }) => ({
              key: pair.percentile,
              title: `${pair.percentile}: ${percentileWords[pair.percentile]}`,
              link: (
                <Link href={pairAddress(run.id, pair)} prefetch={false}>
                  {pair.baseline && pair.candidate ? 'Both span by span' : 'Span by span'}
                </Link>
              ),
              traces: [
                ...(baseline ? [{ side: 'baseline' as const, name: names.baseline, trace: baseline }] : []),
                ...(candidate
                  ? [{ side: 'candidate' as const, name: names.candidate, trace: candidate }]
                  : []),
              ],
            }))}
          />
        )}
        {pairs.length > 0 && missing.length > 0 ? (
          <div className={styles.missing}>
            <Absent>Missing: {missing.join('; ')}.</Absent>
          </div>
        ) : null}
      </Section>
      <CallsSection run={run} pairs={pairs} names={names} />
    </>
  );
}

function whyNone(run: Run): string {
  if (run.evidence && run.evidence.missing.length > 0) return run.evidence.missing.join('; ');
  if (run.plan?.plan.tracePassSeconds === 0) return 'its plan has no trace pass (tracePassSeconds is 0)';
  return 'the trace pass has not run';
}

function CallsSection({ run, pairs, names }: { run: Run; pairs: ReadPair[]; names: Record<Side, string> }) {
  const example = pairs.find(({ baseline, candidate }) => baseline && candidate);
  if (!example?.baseline || !example.candidate) return null;
  const { pair } = example;
  const calls = compareCalls(example.baseline, example.candidate);
  const rest = calls.length - callsMax;
  return (
    <Section
      id="calls"
      title="Which queries and spans changed"
      subtitle={`Of the two requests at ${pair.percentile}, one of each variant: calls and their time together, the largest difference first. A span with others below it counts with its own share.`}
      flush
    >
      <CallsTable
        calls={calls.slice(0, callsMax)}
        names={names}
        caption={`Queries and spans of the requests at ${pair.percentile}`}
      />
      <p className={styles.more}>
        {rest > 0 ? `${count(rest)} more of this pair, and the` : 'The'} same for{' '}
        {pairs.map((other, index) => (
          <span key={other.pair.percentile}>
            {index > 0 ? ', ' : ''}
            <Link href={`${pairAddress(run.id, other.pair)}#calls`} prefetch={false}>
              {other.pair.percentile}
            </Link>
          </span>
        ))}
      </p>
    </Section>
  );
}
