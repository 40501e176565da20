import styles from './TraceWaterfalls.module.css';

export function TraceHowTo({ hasCoarseStarts }: { hasCoarseStarts: boolean }) {
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
