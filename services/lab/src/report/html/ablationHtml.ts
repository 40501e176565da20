import { Waterfall } from '@dyno/charts/Waterfall';
import type { Ablation, AblationMetric } from '@dyno/contracts/ablation';
import { createElement as h, type ReactNode } from 'react';
import { count, duration } from '../../format.ts';
import { ablationFootnote, ablationHead, ablationRows, doubtsOf } from '../ablationTable.ts';
import { htmlFile, moment, plain } from './file.ts';
import { dataTable, figure, section } from './parts.ts';

/** One file with everything that is known of an ablation; text from elsewhere is text only. */
export function ablationHtml(given: Ablation): string {
  const ablation = plain(given);
  const { runId, title, metrics, method } = ablation;
  const doubts = doubtsOf(ablation);
  return htmlFile({ title: `${title}: what each switch is worth`, runId }, [
    header(ablation),
    ...metrics.map((metric) => metricSection(metric)),
    doubts.length > 0 ? section({ id: 'notes', title: 'What else to know' }, list('notes', doubts)) : null,
    section({ id: 'method', title: 'Method' }, h('p', null, method)),
    h(
      'footer',
      { key: 'footer' },
      h('p', null, 'Made by Dyno from ', h('code', null, `results/ablations/${runId}/`), '.'),
    ),
  ]);
}

function header({
  title,
  sentence,
  createdAt,
  rounds,
  seconds,
  environment,
  experiment,
}: Ablation): ReactNode {
  const facts = `${experiment}, ${moment(createdAt)}, ${count(rounds)} rounds in ${duration(seconds)}, ${environment.cores} cores of ${environment.cpuModel}`;
  return h(
    'header',
    { key: 'header' },
    h('p', { className: 'kicker' }, `What each switch is worth: ${title}`),
    h('h1', { id: 'sentence' }, sentence),
    h('p', { className: 'meta' }, facts),
  );
}

function metricSection(metric: AblationMetric): ReactNode {
  const { name, title, switches, interactions, sentence } = metric;
  const id = name.replace(/\W/g, '-').toLowerCase();
  return section(
    { id, title: `What each switch is worth in ${title}`, subtitle: sentence },
    figure(
      {
        id: `${id}-waterfall`,
        title: 'From everything off to everything on',
        subtitle:
          'Each step is what a switch is worth, averaged over the others on and off, with its 95 % interval; equal factors are equally long.',
      },
      h(Waterfall, { metric }),
    ),
    dataTable({
      caption: `What each switch is worth in ${title}`,
      head: ablationHead,
      rows: ablationRows(metric).map((row) => [row.name, ...row.cells]),
      text: [ablationHead.length - 1],
    }),
    h('p', { className: 'subtitle' }, ablationFootnote),
    list(
      'notes',
      [...switches, ...interactions].map((one) => one.sentence),
    ),
  );
}

function list(className: string, lines: readonly string[]): ReactNode {
  return h(
    'ul',
    { className },
    lines.map((line) => h('li', { key: line }, line)),
  );
}
