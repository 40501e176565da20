import { styleText } from 'node:util';
import type { Ablation, AblationMetric } from '@dyno/contracts/ablation';
import { count, duration } from '../format.ts';
import { ablationFootnote, ablationHead, ablationRows, doubtsOf } from './ablationTable.ts';
import { waterfallText } from './ablationWaterfall.ts';
import { terminalText } from './quote.ts';
import { textTable } from './textTable.ts';

/** What `dyno ablate` ends with: the answer, the waterfall, the table, and a sentence on each switch. */
export function ablationTerminal(ablation: Ablation, { color }: { color: boolean }): string {
  const { sentence, metrics, rounds, seconds, runId, valid } = ablation;
  const [first, ...others] = metrics;
  const style = valid ? 'bold' : 'red';
  return `${[
    color ? styleText(style, terminalText(sentence), { validateStream: false }) : terminalText(sentence),
    ...(first ? [waterfallText(first), table(first), ablationFootnote, sentences(first)] : []),
    ...others.map((metric) => `${metric.title}\n\n${table(metric)}\n\n  ${terminalText(metric.sentence)}`),
    ...doubtsOf(ablation).map((doubt) => `! ${terminalText(doubt)}`),
    `${count(rounds)} rounds in ${duration(seconds)}, ablation ${runId}`,
  ].join('\n\n')}\n`;
}

function table(metric: AblationMetric): string {
  const body = ablationRows(metric).map(({ name, cells }) => [name, ...cells]);
  return textTable(ablationHead, body, [1, 2, 3, 4, 5]);
}

function sentences({ switches, interactions, sentence }: AblationMetric): string {
  return [...switches, ...interactions, { sentence }]
    .map((one) => `  - ${terminalText(one.sentence)}`)
    .join('\n');
}
