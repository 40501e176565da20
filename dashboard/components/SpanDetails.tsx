'use client';

import { count, milliseconds, percent, quantities } from '@dyno/lab/format';
import type { Ref } from 'react';
import { statementLines } from '../lib/statement.ts';
import { type Span, type Stretch, selfMs, type TraceRow } from '../lib/trace.ts';
import { spanTitle } from '../lib/tracePair.ts';
import { partWords } from './partColours.ts';
import styles from './SpanDetails.module.css';

/** One span in full, or what several equal ones have in common. */
export function SpanDetails({
  row,
  path,
  onClose,
  ref,
}: {
  row: TraceRow;
  path: Map<Span, Stretch[]>;
  onClose: () => void;
  ref: Ref<HTMLElement>;
}) {
  const { span, members } = row;
  const statement = members.length > 1 ? span.shape : span.statement;
  const waitedMs = members
    .flatMap((member) => path.get(member) ?? [])
    .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const facts = [
    ...(members.length > 1 ? manyFacts(members) : oneFact(span)),
    ['waited for', milliseconds(waitedMs)],
  ];
  return (
    <section ref={ref} className={styles.details} aria-label={`About ${spanTitle(span)}`}>
      <header>
        <h3>
          {spanTitle(span)}
          {members.length > 1 ? ` ×${count(members.length)}` : ''}
        </h3>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </header>
      {statement === null ? null : (
        <pre>
          <code>{statementLines(statement).join('\n')}</code>
        </pre>
      )}
      <dl>
        <div>
          <dt>part</dt>
          <dd>
            {partWords[span.part]}
            {span.part === 'app' ? `, ${span.service}` : `, from ${span.service}`}
          </dd>
        </div>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function oneFact(span: Span): string[][] {
  const own = selfMs(span);
  return [
    ['begins at', milliseconds(span.startMs)],
    ['takes', milliseconds(span.durationMs)],
    ...(span.children.length > 0
      ? [
          [
            'without what is below it',
            `${milliseconds(own)} (${percent(own / Math.max(span.durationMs, 1e-6))})`,
          ],
        ]
      : []),
    ...(span.failed ? [['status', 'failed']] : []),
  ];
}

function manyFacts(members: readonly Span[]): string[][] {
  const sorted = members.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const [least = '', middle = '', most = ''] = quantities(
    [0, Math.floor(sorted.length / 2), sorted.length - 1].map((index) => sorted[index] ?? 0),
    'ms',
  );
  const failed = members.filter((member) => member.failed).length;
  return [
    ['together', milliseconds(sorted.reduce((sum, ms) => sum + ms, 0))],
    ['one of them', `${least} to ${most}, median ${middle}`],
    ...(failed > 0 ? [['failed', count(failed)]] : []),
  ];
}
