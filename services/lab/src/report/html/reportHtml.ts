import type { Report } from '@dyno/contracts/report';
import type {
  EnvironmentFile,
  EvidenceFile,
  ObserverFile,
  PlanFile,
  ResponsesFile,
  Round,
  TimelineFile,
} from '@dyno/contracts/run';
import { createElement as h, type ReactNode } from 'react';
import { chartsSection } from './charts.ts';
import { figuresSection } from './figures.ts';
import { htmlFile, moment, plain } from './file.ts';
import { head } from './head.ts';
import { methodSections } from './method.ts';
import { section } from './parts.ts';

/** What a report file is made of; a run that went another way has less. */
export interface ReportFiles {
  report: Report;
  plan: PlanFile | null;
  environment: EnvironmentFile | null;
  rounds: Round[];
  timeline: TimelineFile | null;
  evidence: EvidenceFile | null;
  responses: ResponsesFile | null;
  observer: ObserverFile | null;
}

/**
 * One file with everything in it: no script, nothing asked of any other place, as its own policy says, so that it can be opened
 * from a mail. Text from elsewhere is text only.
 */
export function reportHtml(given: ReportFiles): string {
  const files = plain(given);
  const { report } = files;
  return htmlFile({ title: report.title, runId: report.runId }, content(files));
}

function content(files: ReportFiles): ReactNode[] {
  const { report } = files;
  const figures = [figuresSection(report), chartsSection(files)];
  return [
    head(files, moment),
    report.verdict === 'invalid'
      ? h(
          'details',
          { key: 'invalid', className: 'invalid' },
          h('summary', null, 'Show the figures anyway; a guard failed, so they do not count'),
          ...figures,
        )
      : figures,
    report.notes.length > 0
      ? section(
          { id: 'notes', title: 'What else to know' },
          h(
            'ul',
            { className: 'notes' },
            report.notes.map((note) => h('li', { key: note }, note)),
          ),
        )
      : null,
    ...methodSections(files, moment),
    h(
      'footer',
      { key: 'footer' },
      h(
        'p',
        null,
        'Run ',
        h('code', null, report.runId),
        ', experiment ',
        h('code', null, report.experiment),
      ),
      h(
        'p',
        null,
        'Made by Dyno from ',
        h('code', null, `results/${report.runId}/`),
        ': raw samples and everything behind these figures are there; ',
        h('code', null, `npx dyno export ${report.runId}`),
        ' packs them for somebody else.',
      ),
    ),
  ];
}
