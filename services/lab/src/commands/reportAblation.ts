import type { Ablation } from '@dyno/contracts/ablation';
import { DynoError } from '../errors.ts';
import type { Invocation } from '../invocation.ts';
import { ablationCsv } from '../report/ablationCsv.ts';
import { ablationMarkdown } from '../report/ablationMarkdown.ts';
import { ablationTerminal } from '../report/ablationTerminal.ts';
import { formatOfFile } from '../report/formats.ts';
import { openStored, refuseUnderWay } from '../run/stored.ts';
import { printAblation } from './ablate.ts';
import { type FormatOptions, putFile } from './report.ts';

/** Prints what the files say; with --remake they are made again from the raw samples. */
export async function reportAblation(
  invocation: Invocation,
  id: string,
  options: FormatOptions & { remake?: boolean; against?: string },
): Promise<void> {
  const { json, output, against } = options;
  if (against !== undefined)
    throw new DynoError('Two ablations are not laid beside each other: leave out --against.');
  const byName = options.format ?? (output === undefined ? 'terminal' : formatOfFile(output));
  const format = json ? 'json' : byName;
  const ablation = await ablationOf(invocation, id, options);
  switch (format) {
    case 'terminal':
      if (output === undefined) return printAblation(invocation, ablation, {});
      return putFile(invocation, ablationTerminal(ablation, { color: false }), output);
    case 'markdown':
      return putFile(invocation, ablationMarkdown(ablation), output);
    case 'json':
      return putFile(invocation, `${JSON.stringify(ablation, null, 2)}\n`, output);
    case 'csv':
      return putFile(invocation, ablationCsv(ablation), output);
    case 'html':
    case 'pdf':
      return putFile(invocation, await documentOf(invocation, ablation, format), output);
    default:
      throw new DynoError(
        `An ablation is written as text, Markdown, JSON, CSV, HTML or PDF, not as ${format}: take --format terminal, markdown, json, csv, html or pdf.`,
      );
  }
}

async function ablationOf(
  { settings }: Invocation,
  id: string,
  { remake = false }: { remake?: boolean },
): Promise<Ablation> {
  const stored = await openStored(settings.results, id);
  await refuseUnderWay(stored);
  const { folder } = stored;
  if (!remake && folder.has('ablation.json')) return folder.read('ablation.json');
  const { remakeAblation } = await import('../ablation.ts');
  return remakeAblation(folder);
}

async function documentOf(
  invocation: Invocation,
  ablation: Ablation,
  format: 'html' | 'pdf',
): Promise<string | Buffer> {
  const { ablationHtml } = await import('../report/html/ablationHtml.ts');
  const html = ablationHtml(ablation);
  if (format === 'html') return html;
  const { printPdf } = await import('../printPdf.ts');
  return printPdf(invocation, html, ablation.runId);
}
