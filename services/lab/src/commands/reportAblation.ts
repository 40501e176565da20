import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runIdSchema } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import type { Invocation } from '../invocation.ts';
import { ablationMarkdown } from '../report/ablationMarkdown.ts';
import { ablationTerminal } from '../report/ablationTerminal.ts';
import { ablationsFolder, RunFolder } from '../run/results.ts';
import { printAblation } from './ablate.ts';
import { type FormatOptions, putFile } from './report.ts';

/** Ablations lie beside the runs, and their ids differ; "latest" is a run. */
export function isAblation(results: string, id: string): boolean {
  if (id === 'latest' || !runIdSchema.safeParse(id).success) return false;
  return existsSync(join(ablationsFolder(results), id, 'plan.json'));
}

export async function reportAblation(
  invocation: Invocation,
  id: string,
  options: FormatOptions & { remake?: boolean; against?: string },
): Promise<void> {
  const folder = await RunFolder.open(ablationsFolder(invocation.settings.results), id);
  const { makeAblation } = await import('../ablation.ts');
  const ablation =
    folder.has('ablation.json') && !options.remake
      ? await folder.read('ablation.json')
      : await makeAblation(folder);
  const { output } = options;
  switch (formatOf(options)) {
    case 'terminal':
      if (output === undefined) return printAblation(invocation, ablation, {});
      return putFile(invocation, ablationTerminal(ablation, { color: false }), output);
    case 'markdown':
      return putFile(invocation, ablationMarkdown(ablation), output);
    case 'json':
      return putFile(invocation, `${JSON.stringify(ablation, null, 2)}\n`, output);
    case 'html': {
      const { ablationHtml } = await import('../report/html/ablationHtml.ts');
      return putFile(invocation, ablationHtml(ablation), output);
    }
    default:
      throw new DynoError(
        `An ablation is written as text, Markdown, JSON or HTML, not as ${options.format ?? output}: take --format terminal, markdown, json or html.`,
      );
  }
}

function formatOf({ json, format, output, ...options }: FormatOptions & { against?: string }): string {
  if (options.against !== undefined)
    throw new DynoError('Two ablations are not laid beside each other: leave out --against.');
  if (json) return 'json';
  if (format !== undefined) return format;
  const ending = /\.(\w+)$/.exec(output ?? '')?.[1] ?? '';
  if (output === undefined || ending === 'txt') return 'terminal';
  return ending === 'md' ? 'markdown' : ending;
}
