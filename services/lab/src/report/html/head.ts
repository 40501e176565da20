import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { Guard, Report } from '@dyno/contracts/report';
import { createElement as h, type ReactNode } from 'react';
import { beforeAfter } from '../../format.ts';
import { nextSteps } from '../nextSteps.ts';
import { isSameTwice, sameTwiceWords } from '../sameTwice.ts';
import {
  exitWords,
  guardMarks,
  guardSummary,
  isCertain,
  markedChange,
  measuredWords,
  partsOfSentence,
  verdictMarks,
} from '../words.ts';
import { guardList, sortedGuards } from './guards.ts';
import { mark } from './parts.ts';
import type { ReportFiles } from './reportHtml.ts';

/** The answer in one sentence, then how far it can be trusted, and what a reader does with it. */
export function head({ report, plan }: ReportFiles, moment: (iso: string) => string): ReactNode {
  const { word, answer, more } = partsOfSentence(report.sentence);
  return h(
    'header',
    { 'data-verdict': report.verdict },
    h('p', { className: 'kicker' }, report.title),
    h(
      'h1',
      { id: 'sentence' },
      h(
        'span',
        { className: 'word' },
        h('span', { 'aria-hidden': true }, `${verdictMarks[report.verdict]}\u00a0`),
        word,
      ),
      answer,
      more ? h('span', { className: 'more' }, more) : null,
    ),
    plan && isSameTwice(plan.experiment) ? h('p', { className: 'same' }, sameTwiceWords(report)) : null,
    h('dl', { className: 'variants' }, variant('baseline', report), variant('candidate', report)),
    h('p', { className: 'meta' }, [moment(report.createdAt), ...measuredWords(report)].join('\u2002·\u2002')),
    report.verdict === 'invalid' ? null : tiles(report),
    guards(report.guards),
    next(report),
  );
}

function variant(side: 'baseline' | 'candidate', report: Report): ReactNode {
  const { name, title, commit } = report[side];
  return h(
    'div',
    null,
    h('dt', null, h(VariantLabel, { side: side, name: name })),
    h('dd', null, title, commit ? ` (commit ${commit.slice(0, 9)})` : null),
  );
}

/** Four figures for whoever only glances. */
function tiles(report: Report): ReactNode {
  const names = [...new Set([report.primary, 'latency.p95', 'throughput', 'cpu.perRequest', 'latency.mean'])];
  const metrics = names.flatMap((name) => report.metrics.find((metric) => metric.name === name) ?? []);
  return h(
    'ul',
    { className: 'tiles', 'aria-label': 'Key figures' },
    metrics
      .slice(0, 4)
      .map((metric) =>
        h(
          'li',
          { key: metric.name },
          h('span', { className: 'tile-title' }, metric.title),
          h('span', { className: 'tile-change', 'data-certain': isCertain(metric) }, markedChange(metric)),
          h(
            'span',
            { className: 'tile-values' },
            beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit),
          ),
        ),
      ),
  );
}

/** What did not pass stands beside the answer; all of them are with the method. */
function guards(all: readonly Guard[]): ReactNode {
  const [worst, ...others] = sortedGuards(all).filter(({ status }) => status !== 'pass');
  return h(
    'div',
    { className: 'guards', 'data-status': worst?.status ?? 'pass' },
    h(
      'p',
      null,
      mark(guardMarks[worst?.status ?? 'pass'], ''),
      h('a', { href: '#guards' }, `Guards: ${guardSummary(all)}`),
    ),
    worst ? guardList([worst, ...others]) : null,
  );
}

function next(report: Report): ReactNode {
  return h(
    'div',
    { className: 'next' },
    h('h2', null, 'What to do next'),
    h(
      'ul',
      null,
      nextSteps(report).map(({ text, command, link }) =>
        h(
          'li',
          { key: text },
          text,
          command ? h('code', null, command) : null,
          link ? h('a', { href: link.href }, link.text) : null,
        ),
      ),
    ),
    h('p', { className: 'subtitle' }, `Exit code ${report.exitCode}: ${exitWords(report.exitCode)}`),
  );
}
