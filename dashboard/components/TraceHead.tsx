import { beforeAfter, change, milliseconds } from '@dyno/lab/format';
import Link from 'next/link';
import type { OpenedTrace, TraceView } from '../lib/keptTraces.ts';
import { type Percentile, pairAddress, percentileWords, traceAddress } from '../lib/tracePair.ts';
import page from './page.module.css';
import styles from './TraceHead.module.css';

/** Which requests these are, how long they took, and what else there is to choose. */
export function TraceHead({ id, view }: { id: string; view: TraceView }) {
  const { opened, pairs } = view;
  const here = traceAddress(
    id,
    opened.map(({ file }) => file),
  );
  const together = pairs.map((pair) => ({ address: pairAddress(id, pair), title: pair.percentile }));
  const alone =
    opened.length > 1 ? opened.map(({ file }) => ({ address: traceAddress(id, [file]), file })) : [];
  return (
    <header className={styles.head}>
      <p className={styles.back}>
        <Link href={`/runs/${id}/why#traces`} prefetch={false}>
          Why
        </Link>{' '}
        / one request, span by span
      </p>
      <h1 className={page.title}>{titleOf(opened)}</h1>
      <nav className={styles.picker} aria-label="Requests">
        {together.map(({ address, title }) => (
          <Link
            key={title}
            href={address}
            prefetch={false}
            aria-current={address === here ? 'page' : undefined}
          >
            {title}
          </Link>
        ))}
        {opened.length > 1 ? null : <Tail id={id} one={opened[0]} pairs={pairs} />}
        {alone.map(({ address, file }) => (
          <Link key={file} href={address} prefetch={false} className={styles.alone}>
            {file.replace(/^traces\//, '').replace(/\.json$/, '')} alone
          </Link>
        ))}
      </nav>
    </header>
  );
}

/** Of one variant alone, what makes its slowest requests slow. */
function Tail({ id, one, pairs }: { id: string; one: OpenedTrace | undefined; pairs: TraceView['pairs'] }) {
  const of = (percentile: Percentile) =>
    pairs.find((pair) => pair.percentile === percentile)?.[one?.side ?? 'baseline'];
  const [median, slowest] = [of('p50'), of('p99')];
  if (!one?.about || !median || !slowest) return null;
  return (
    <Link href={traceAddress(id, [median.file, slowest.file])} prefetch={false} className={styles.alone}>
      {one.about.variant}: p50 beside p99
    </Link>
  );
}

function titleOf(opened: readonly OpenedTrace[]): string {
  const [first, second] = opened;
  if (!first?.trace || (second && !second.trace)) return 'This trace cannot be read';
  const what = nameOf(first);
  if (!second?.trace) return `${what}: ${milliseconds(first.trace.requestMs)}`;
  const [before, after] = [first.trace.requestMs, second.trace.requestMs];
  const ratio = before > 0 && after > 0 ? `, ${change(after / before)}` : '';
  const isOnePercentile = first.about && first.about.kind === second.about?.kind;
  const title =
    isOnePercentile && first.about
      ? `${first.about.kind}, ${percentileWords[first.about.kind]}`
      : `${what}, then ${nameOf(second)}`;
  return `${title}: ${beforeAfter(before, after, 'ms')}${ratio}`;
}

function nameOf({ about, file }: OpenedTrace): string {
  return about ? `${about.variant} at ${about.kind}` : file;
}
