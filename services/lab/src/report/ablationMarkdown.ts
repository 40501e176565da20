import type { Ablation, AblationMetric } from '@dyno/contracts/ablation';
import { count, duration } from '../format.ts';
import { ablationFootnote, ablationHead, ablationRows, doubtsOf } from './ablationTable.ts';
import { waterfallText } from './ablationWaterfall.ts';
import { markdownText } from './quote.ts';

/** `ablation.md`: the sentence, a table and a sentence per switch for each metric, and what a reader should know. */
export function ablationMarkdown(ablation: Ablation): string {
  const { runId, experiment, title, sentence, metrics, method, planName, rounds, seconds, seed } = ablation;
  const doubts = doubtsOf(ablation);
  return `${[
    `# ${markdownText(title)}: what each switch is worth`,
    `**${markdownText(sentence)}**`,
    ...metrics.map(section),
    ...(metrics.length === 0 ? [] : [ablationFootnote]),
    ...(doubts.length === 0 ? [] : [['## What else to know', '', ...doubts.map(line)].join('\n')]),
    ['## Method', '', line(method)].join('\n'),
    `Ablation \`${runId}\`, experiment \`${experiment}\`, plan ${markdownText(planName)}, ${count(rounds)} rounds in ${duration(seconds)}, seed ${seed}.`,
  ].join('\n\n')}\n`;
}

function section(metric: AblationMetric): string {
  return [
    `## ${metric.title}`,
    '',
    // Its names are slugs, its figures our own.
    ...['```', waterfallText(metric), '```'],
    '',
    row(ablationHead),
    row(
      ablationHead.map((_, column) => (column === 0 || column === ablationHead.length - 1 ? '---' : '---:')),
    ),
    ...ablationRows(metric).map(({ name, cells }) => row([name, ...cells])),
    '',
    ...metric.switches.map(({ sentence }) => line(sentence)),
    ...metric.interactions.map(({ sentence }) => line(sentence)),
    line(metric.sentence),
  ].join('\n');
}

/** The cells are our own words and figures; names are slugs. */
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('~', '\\~')).join(' | ')} |`;

const line = (text: string): string => `- ${markdownText(text)}`;
