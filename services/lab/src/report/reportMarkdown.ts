import type { Report } from '@dyno/contracts/report';
import { count, plural } from '../format.ts';
import { cachesTable } from './estimates.ts';
import { markdownText } from './quote.ts';
import { cellsOf, footnote } from './table.ts';

/** `report.md`: the sentence, the seed's table, goals, guards, and what a reader should know. */
export function reportMarkdown(report: Report): string {
  return `${[
    `# ${markdownText(report.title)}`,
    `**${markdownText(report.sentence)}**`,
    variants(report),
    markdownTable(report),
    report.metrics.length === 0 ? '' : footnote(report),
    section(
      'Goals',
      report.thresholds.map(({ passed, detail }) => `${passed ? '✓' : '✕'} ${markdownText(detail)}`),
    ),
    section(
      'Guards',
      report.guards.map(
        ({ status, name, detail, advice }) =>
          `${guardMarks[status]} ${markdownText(name)}: ${markdownText(`${detail} ${advice}`)}`,
      ),
    ),
    caches(report),
    section('Notes', report.notes.map(markdownText)),
    section(
      'Excluded rounds',
      report.exclusions.map(({ round, block, variant, cause, detail }) =>
        markdownText(`Round ${round} (block ${block}, ${variant}), ${cause}: ${detail}`),
      ),
    ),
    section('Method', [report.modeReason, report.method].filter(Boolean).map(markdownText)),
    `Run \`${report.runId}\`, experiment \`${report.experiment}\`, plan ${markdownText(report.planName)}, ${count(report.blocks)} of at most ${plural(report.blocksMax, 'block')}, ${report.mode} mode, seed ${report.seed}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

const guardMarks = { pass: '✓', warn: '!', fail: '✕' } as const;

function variants({ baseline, candidate }: Report): string {
  const line = (kind: string, { name, title }: Report['baseline']) =>
    `- ${kind} \`${name}\`${title ? `: ${markdownText(title)}` : ''}`;
  return [line('baseline', baseline), line('candidate', candidate)].join('\n');
}

function caches(report: Report): string {
  const table = cachesTable(report);
  if (!table) return '';
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  const rule = `| --- |${' ---: |'.repeat(table.head.length - 1)}`;
  return ['## Caches', '', line(table.head), rule, ...table.rows.map(line), '', table.legend].join('\n');
}

export function markdownTable(report: Report): string {
  if (report.metrics.length === 0) return '';
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('~', '\\~')).join(' | ')} |`;
  const { head, body } = cellsOf(report);
  // The cells are our own words and figures; names are slugs.
  return [
    line(head),
    line(head.map((_, column) => (column === 0 || column === head.length - 1 ? '---' : '---:'))),
    ...body.map(({ cells }) => line(cells)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`## ${title}`, '', ...lines.map((line) => `- ${line}`)].join('\n');
}
