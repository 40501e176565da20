import type { AblationMetric, AblationRatio } from '@dyno/contracts/ablation';
import { change, changeInterval, quantity } from '../format.ts';

/** As many signs from nothing on to everything on; a logarithmic axis, so that equal factors are equally long. */
const width = 48;

/**
 * From everything off to everything on in lines of text, a bar for each switch from where the one before it ended: full
 * where it helps, hatched where it costs; thin, how far its end may be off.
 */
export function waterfallText({ switches, product, whole, baseline, unit }: AblationMetric): string {
  let end = 0;
  const steps = switches.map(({ name, worth }) => {
    const from = end;
    end += Math.log(worth.estimate);
    return { name, worth, from, to: end, low: from + Math.log(worth.low), high: from + Math.log(worth.high) };
  });
  const marks = [product, whole].flatMap(({ low, high }) => [Math.log(low), Math.log(high)]);
  const bounds = [0, ...steps.flatMap(({ from, to, low, high }) => [from, to, low, high]), ...marks];
  const least = Math.min(...bounds);
  const span = Math.max(...bounds) - least || 1;
  const at = (value: number) => Math.round(((value - least) / span) * (width - 1));
  const names = Math.max(...switches.map(({ name }) => name.length), 'everything, by the worths'.length);
  const line = (name: string, signs: string, words: string) =>
    `  ${name.padEnd(names)}  ${signs.padEnd(width)}  ${words}`;
  const mark = (name: string, ratio: AblationRatio) => {
    const interval = drawn('─', at(Math.log(ratio.low)), at(Math.log(ratio.high)) + 1);
    return line(name, over(interval, drawn('◆', at(Math.log(ratio.estimate)), 0)), figures(ratio));
  };
  return [
    line('nothing on', drawn('◆', at(0), 0), quantity(baseline, unit)),
    ...steps.map(({ name, worth, from, to, low, high }) => {
      const bar = drawn(to <= from ? '█' : '▒', Math.min(at(from), at(to)), Math.max(at(from), at(to)));
      return line(name, over(drawn('─', at(low), at(high) + 1), bar), figures(worth));
    }),
    mark('everything, by the worths', product),
    mark('everything, as measured', whole),
  ].join('\n');
}

const figures = (ratio: AblationRatio): string =>
  `${change(ratio.estimate)} [${changeInterval(ratio.low, ratio.high)}]`;

/** One at least. */
const drawn = (sign: string, from: number, to: number): string =>
  `${' '.repeat(from)}${sign.repeat(Math.max(1, to - from))}`;

/** What is in front hides what is behind it. */
function over(behind: string, front: string): string {
  return Array.from({ length: Math.max(behind.length, front.length) }, (_, place) => {
    const sign = front[place] ?? ' ';
    return sign === ' ' ? (behind[place] ?? ' ') : sign;
  }).join('');
}
