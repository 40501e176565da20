import { writeFile } from 'node:fs/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Report } from '@dyno/contracts/report';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DynoError } from '../errors.ts';
import type { Invocation } from '../invocation.ts';
import { standingOf } from '../report/against.ts';
import { formatOfFile, type ReportFormat, renderReport, reportFormats } from '../report/formats.ts';
import { standingTerminal } from '../report/historyTerminal.ts';
import type { Link } from '../report/reportTerminal.ts';
import { RunFolder } from '../run/results.ts';
import { isAblation, refuseUnderWay } from '../run/stored.ts';
import { examples, helpGroups } from './options.ts';
import { printReport } from './printReport.ts';
import { reportAblation } from './reportAblation.ts';

export interface FormatOptions {
  format?: ReportFormat;
  output?: string;
  json?: boolean;
  link?: Link[];
}

export function registerReport(dyno: Command, invocation: Invocation): void {
  const report = dyno
    .command('report')
    .helpGroup(helpGroups.read)
    .description('print the report of a run or an ablation, or write it as a file that others read')
    .argument('[runId]', 'the last run unless said', 'latest')
    .option('--against <runId>', 'how its candidate stands against that of an earlier run')
    .option('--remake', 'compute everything behind the raw samples again')
    .option('-q, --quiet', 'no progress')
    .action(async (runId, options) => reportCommand(invocation, runId, options));
  withFormat(report).addHelpText(
    'after',
    examples([
      'dyno report',
      'dyno report --json > report.json',
      'dyno report -o report.html',
      'dyno report -o report.pdf',
      'dyno report -o junit.xml',
      'dyno report latest --against 20261101-120000-products-1f2e',
      'dyno report --format comment --link "all files=https://ci.example/artifacts/1"',
    ]),
  );
}

export function withFormat(command: Command): Command {
  return command
    .addOption(
      new Option('--format <name>', "what it is written as; else the file's name decides").choices(
        reportFormats,
      ),
    )
    .option('-o, --output <file>', 'a file in place of standard output')
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--link <title=address>', 'a link below a comment; repeatable', links);
}

/** Prints what the files say; with --remake they are made again from the raw samples. */
async function reportCommand(
  invocation: Invocation,
  runId: string,
  options: FormatOptions & { remake?: boolean; against?: string },
): Promise<void> {
  if (isAblation(invocation.settings.results, runId)) return reportAblation(invocation, runId, options);
  const report = await reportOf(invocation, runId, options);
  if (options.against === undefined) return putReport(invocation, report, options);
  const format = formatOf(options);
  if (format !== 'terminal' && format !== 'json') {
    throw new DynoError(
      `--against is written as text or JSON, not as ${format}: take --json or no --format, and a file that ends with .txt or .json.`,
    );
  }
  const standing = standingOf(await reportOf(invocation, options.against), report);
  const text = format === 'json' ? JSON.stringify(standing, null, 2) : standingTerminal(standing);
  await putFile(invocation, `${text}\n`, options.output);
}

/** The report as it lies in the run's folder, or made anew where there is none. */
export async function reportOf(
  { settings }: Invocation,
  runId: string,
  { remake = false }: { remake?: boolean } = {},
): Promise<Report> {
  const folder = await RunFolder.open(settings.results, runId);
  await refuseUnderWay({ kind: 'run', results: settings.results, folder });
  if (!remake && folder.has('report.json')) return folder.read('report.json');
  const { remakeReport } = await import('../pipeline.ts');
  return remakeReport(folder);
}

export async function putReport(
  invocation: Invocation,
  report: Report,
  options: FormatOptions,
): Promise<void> {
  const { output } = options;
  const format = formatOf(options);
  if (format === 'terminal' && output === undefined) {
    await printReport(invocation, report, {});
    return;
  }
  if (format === 'html' || format === 'pdf') {
    await putFile(invocation, await documentOf(invocation, report, format), output);
    return;
  }
  await putFile(
    invocation,
    renderReport(report, format, { color: false, links: options.link ?? [] }),
    output,
  );
}

/** What is asked for by name; else the file's name decides. */
function formatOf({ json, format, output }: FormatOptions): ReportFormat {
  if (json) return 'json';
  return format ?? (output === undefined ? 'terminal' : formatOfFile(output));
}

/** With pictures, from everything that the run's folder has. */
async function documentOf(
  invocation: Invocation,
  report: Report,
  format: 'html' | 'pdf',
): Promise<string | Buffer> {
  const { readReportFiles } = await import('../reportFiles.ts');
  const { reportHtml } = await import('../report/html/reportHtml.ts');
  const folder = await RunFolder.open(invocation.settings.results, report.runId);
  const html = reportHtml(await readReportFiles(folder, report));
  if (format === 'html') return html;
  const { printPdf } = await import('../printPdf.ts');
  return printPdf(invocation, html, report.runId);
}

/** On standard output, or in a file whose place is told. */
export async function putFile(
  { terminal }: Invocation,
  content: string | Buffer,
  output?: string,
): Promise<void> {
  if (output === undefined) {
    if (typeof content !== 'string' && process.stdout.isTTY)
      throw new DynoError('A PDF is nothing to read in a terminal: name a file with -o.');
    process.stdout.write(content);
    return;
  }
  try {
    await writeFile(output, content);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DynoError(`${output} cannot be written: ${why}`, exitCodes.usage, { cause: error });
  }
  terminal.line(output);
}

function links(text: string, before: Link[] = []): Link[] {
  const [, title = '', url = ''] = /^([^=]+)=(https?:\/\/.+)$/.exec(text) ?? [];
  if (title === '') throw new InvalidArgumentError('A title, "=" and an http address.');
  return [...before, { title, url }];
}
