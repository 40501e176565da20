import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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
import { renderToStaticMarkup } from 'react-dom/server';
import { terminalText } from '../quote.ts';
import { chartsSection } from './charts.ts';
import { figuresSection } from './figures.ts';
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
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charSet: 'utf-8' }),
      h('meta', { httpEquiv: 'Content-Security-Policy', content: policy }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'generator', content: 'Dyno' }),
      h('title', null, `${report.title} · ${report.runId}`),
      // The run id in it is of small letters, digits and hyphens.
      h('style', null, `${styles()}${pageFooter(report.runId)}`),
    ),
    h('body', null, h('main', null, ...content(files))),
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

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

/** Who reads the file sits in another time zone. */
function moment(iso: string): string {
  const date = new Date(iso);
  const utc = { timeZone: 'UTC' };
  const day = date.toLocaleDateString('en-GB', { ...utc, day: 'numeric', month: 'short', year: 'numeric' });
  return `${day}, ${date.toLocaleTimeString('en-GB', { ...utc, hour: '2-digit', minute: '2-digit' })} UTC`;
}

/** Colours follow the reader's theme, on paper they are the light ones. */
function styles(): string {
  const palette = cssOf(import.meta.resolve('@dyno/charts/palette.css')).replace(
    /@media screen \{\s*:root\[data-mantine-color-scheme="dark"\] (\{[^}]*\})\s*\}/,
    '@media screen and (prefers-color-scheme: dark) { :root $1 }',
  );
  const charts = cssOf(import.meta.resolve('@dyno/charts/charts.css'));
  return [palette, charts, cssOf(import.meta.resolve('./report.css'))].join('\n');
}

/** Without its comments, which are for us. */
function cssOf(url: string): string {
  return readFileSync(fileURLToPath(url), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\n{2,}/g, '\n');
}

/** At the foot of each page of paper. */
function pageFooter(runId: string): string {
  return `@page { @bottom-left { content: "Dyno, run ${runId}"; } @bottom-right { content: "Page " counter(page) " of " counter(pages); } }`;
}

/** Without control characters and marks that reorder text, wherever they come from. */
function plain<Value>(value: Value): Value {
  if (typeof value === 'string') return terminalText(value) as Value;
  if (Array.isArray(value)) return value.map(plain) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [plain(key), plain(child)])) as Value;
}
