import type { Report } from '@dyno/contracts/report';
import { DynoError } from '../errors.ts';
import { reportBencher } from './reportBencher.ts';
import { reportComment } from './reportComment.ts';
import { otavaCsv, reportCsv } from './reportCsv.ts';
import { reportJunit } from './reportJunit.ts';
import { reportMarkdown } from './reportMarkdown.ts';
import { reportTerminal, type TerminalOptions } from './reportTerminal.ts';

/** Written from the report alone. */
export const textFormats = [
  'terminal',
  'markdown',
  'comment',
  'json',
  'junit',
  'bencher',
  'otava',
  'csv',
] as const;
/** Made from everything that the run's folder has, with pictures. */
const documentFormats = ['html', 'pdf'] as const;
export const reportFormats = [...textFormats, ...documentFormats] as const;
export type TextFormat = (typeof textFormats)[number];
export type ReportFormat = (typeof reportFormats)[number];

/** Endings of file names; the longer one decides. */
const endings: readonly [string, ReportFormat][] = [
  ['.comment.md', 'comment'],
  ['.bencher.json', 'bencher'],
  ['.bmf.json', 'bencher'],
  ['.otava.csv', 'otava'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.pdf', 'pdf'],
  ['.md', 'markdown'],
  ['.json', 'json'],
  ['.xml', 'junit'],
  ['.csv', 'csv'],
  ['.txt', 'terminal'],
];

export function formatOfFile(file: string): ReportFormat {
  const known = endings.find(([ending]) => file.toLowerCase().endsWith(ending));
  if (known) return known[1];
  throw new DynoError(
    `What format shall ${file} have? Name it with --format, or end the file's name with ${endings.map(([ending]) => ending).join(', ')}.`,
  );
}

export function renderReport(report: Report, format: TextFormat, options: TerminalOptions): string {
  switch (format) {
    case 'terminal':
      return reportTerminal(report, options);
    case 'markdown':
      return reportMarkdown(report);
    case 'comment':
      return reportComment(report, options.links);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'junit':
      return reportJunit(report);
    case 'bencher':
      return reportBencher(report);
    case 'otava':
      return otavaCsv([report]);
    case 'csv':
      return reportCsv(report);
    default:
      return format satisfies never;
  }
}
