import { styleText } from 'node:util';
import type { Ablation, AblationMetric } from '@dyno/contracts/ablation';
import { change, count, duration, quantity } from '../format.ts';
import { ablationFootnote, ablationHead, ablationRows, doubtsOf } from './ablationTable.ts';
import { terminalText } from './quote.ts';
import { textTable } from './textTable.ts';

/** What `dyno ablate` ends with: the answer, the waterfall, the table, and a sentence on each switch. */
export function ablationTerminal(ablation: Ablation, { color }: { color: boolean }): string {
  const { sentence, metrics, rounds, seconds, runId, valid } = ablation;
  const [first, ...others] = metrics;
  const style = valid ? 'bold' : 'red';
  return `${[
    color ? styleText(style, terminalText(sentence), { validateStream: false }) : terminalText(sentence),
    ...(first ? [waterfall(first), table(first), ablationFootnote, sentences(first)] : []),
    ...others.map((metric) => `${metric.title}\n\n${table(metric)}\n\n  ${terminalText(metric.sentence)}`),
    ...doubtsOf(ablation).map((doubt) => `! ${terminalText(doubt)}`),
    `${count(rounds)} rounds in ${duration(seconds)}, ablation ${runId}`,
  ].join('\n\n')}\n`;
}

/** As many signs from nothing on to everything on; a logarithmic axis, so that equal factors are equally long. */
const width = 48;

function waterfall({ switches, product, whole, baseline, unit }: AblationMetric): string {
  const factors = switches.map(({ worth }) => Math.log(worth.estimate));
  const ends = factors.map((_, index) =>
    factors.slice(0, index + 1).reduce((sum, factor) => sum + factor, 0),
  );
  const marks = [Math.log(whole.estimate), Math.log(product.estimate)];
  const least = Math.min(0, ...ends, ...marks);
  const most = Math.max(0, ...ends, ...marks);
  const at = (value: number) => Math.round(((value - least) / (most - least || 1)) * (width - 1));
  const bar = (from: number, to: number) => {
    const [low, high] = [Math.min(at(from), at(to)), Math.max(at(from), at(to))];
    return `${' '.repeat(low)}${(to <= from ? '█' : '▒').repeat(Math.max(1, high - low))}`.padEnd(width);
  };
  const names = Math.max(...switches.map(({ name }) => name.length), 'everything, as measured'.length);
  const lines = switches.map(({ name, worth }, index) => {
    const end = ends[index] ?? 0;
    return `  ${name.padEnd(names)}  ${bar(end - (factors[index] ?? 0), end)}  ${change(worth.estimate)}`;
  });
  const mark = (name: string, value: number) =>
    `  ${name.padEnd(names)}  ${`${' '.repeat(at(value))}◆`.padEnd(width)}  ${change(Math.exp(value))}`;
  return [
    `  ${'nothing on'.padEnd(names)}  ${`${' '.repeat(at(0))}◆`.padEnd(width)}  ${quantity(baseline, unit)}`,
    ...lines,
    mark('everything, by the worths', Math.log(product.estimate)),
    mark('everything, as measured', Math.log(whole.estimate)),
  ].join('\n');
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
