import { styleText } from 'node:util';
import type { OverallVerdict } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { duration, firstLine, plural } from '../format.ts';
import { cachesTable } from './estimates.ts';
import { terminalText } from './quote.ts';
import { cellsOf, footnote } from './table.ts';

export interface Link {
  title: string;
  url: string;
}

export interface TerminalOptions {
  color: boolean;
  /** Printed below: the dashboard, the files, a trace. */
  links?: readonly Link[];
}

/** What `dyno run` ends with: the sentence, the seed's table, and what is not as it should be. */
export function reportTerminal(report: Report, { color, links = [] }: TerminalOptions): string {
  const paint = (style: Style, text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  return `${[
    paint(verdictStyles[report.verdict], terminalText(report.sentence)),
    table(report, paint),
    list(wayOfMeasuring(report)),
    list(
      report.thresholds.map(
        ({ passed, detail }) => `${passed ? paint('green', '✓') : paint('red', '✕')} ${terminalText(detail)}`,
      ),
    ),
    list(guardLines(report, paint)),
    list(report.notes.flatMap((note) => item('-', note))),
    list(
      report.exclusions.flatMap(({ round, variant, cause, detail }) =>
        item('-', `Round ${round} (${variant}) does not count, ${cause}: ${firstLine(detail)}`),
      ),
    ),
    list(cacheLines(report)),
    list(alignedLinks(links)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

type Style = 'green' | 'red' | 'yellow' | 'bold' | 'dim';
type Paint = (style: Style, text: string) => string;

const verdictStyles: Readonly<Record<OverallVerdict, Style>> = {
  improved: 'green',
  regressed: 'red',
  equivalent: 'bold',
  inconclusive: 'yellow',
  mixed: 'yellow',
  invalid: 'red',
};

function table(report: Report, paint: Paint): string {
  const { head, body } = cellsOf(report);
  if (body.length === 0) return '';
  const widths = head.map((text, column) =>
    Math.max(text.length, ...body.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  // Names and words stand left, figures right.
  const isText = (column: number) => column === 0 || column === head.length - 1;
  const lay = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  const lines = body.map(({ metric, decides, cells }) => {
    const laid = lay(cells);
    if (!decides) return paint('dim', laid.join('  ').trimEnd());
    const verdict = (laid.pop() ?? '').trimEnd();
    return [...laid, paint(verdictStyles[metric.verdict], verdict)].join('  ');
  });
  const note = wrapped(footnote(report)).map((line) => paint('dim', line));
  return [paint('bold', lay(head).join('  ').trimEnd()), ...lines, ...note]
    .map((line) => `  ${line}`)
    .join('\n');
}

function wayOfMeasuring(report: Report): string[] {
  const { blocks, blocksMax, mode, modeReason, method, calibration, secondsToVerdict } = report;
  return [
    `${plural(blocks, 'block')} of at most ${blocksMax} in ${duration(secondsToVerdict)}, ${mode} mode${modeReason && `: ${modeReason}`}`,
    method,
    calibration === null
      ? `No noise floor is known for this service on this machine: "dyno calibrate --like ${report.runId}" measures it.`
      : '',
  ]
    .filter((line) => line !== '')
    .flatMap((line) => wrapped(terminalText(line)));
}

/** Prose of several sentences, in lines that a terminal of 100 columns need not break in mid-word. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  // A figure and its unit stay together.
  for (const word of text.replace(/ (?=%)/g, '\u00a0').split(' ')) {
    if (line !== '' && line.length + 1 + word.length > proseWidth) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const proseWidth = 96;

/** A mark, and prose behind it that keeps its distance from the margin. */
function item(mark: string, text: string): string[] {
  return wrapped(terminalText(text)).map((line, index) => `${index === 0 ? mark : ' '} ${line}`);
}

function guardLines({ guards }: Report, paint: Paint): string[] {
  const passed = guards.filter(({ status }) => status === 'pass').length;
  const others = guards
    .filter(({ status }) => status !== 'pass')
    .flatMap(({ status, name, detail, advice }) => {
      const mark = status === 'fail' ? paint('red', '✕') : paint('yellow', '!');
      return item(mark, `${name}: ${detail} ${advice}`);
    });
  return [`${paint('green', '✓')} ${plural(passed, 'guard')} passed`, ...others];
}

function cacheLines(report: Report): string[] {
  const { rows } = cachesTable(report) ?? { rows: [] };
  return rows.map(
    ([cache = '', before, after]) =>
      `${terminalText(cache)} cache, hits: ${report.baseline.name} ${before}, ${report.candidate.name} ${after}`,
  );
}

function alignedLinks(links: readonly Link[]): string[] {
  const width = Math.max(0, ...links.map(({ title }) => title.length));
  return links.map(({ title, url }) => `${title.padEnd(width)}  ${url}`);
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
