import type { MetricResult, Report } from '@dyno/contracts/report';
import { partsOfSentence } from '@dyno/lab/words';

/** A part of the sentence, with the place that backs it. */
export interface Piece {
  /** Where it begins in its sentence, in characters. */
  at: number;
  text: string;
  href: string | null;
}

interface LinkedSentence {
  word: string;
  answer: Piece[];
  more: Piece[];
}

const number = '[\\d,.]+';
const signed = `[−+÷×]${number}(?:\\u00a0%)?`;

/** What is backed by something, in the order in which it is looked for; an interval before the change that it begins with. */
const backed = [
  ['blocks', `\\d+ blocks?(?= |\\.|,|$)`],
  ['floor', 'noise floor of [^.;,)]*\\d[^.;,)]*?%'],
  ['seen', `could have seen (?:×${number}|${number}\\u00a0%)`],
  [
    'interval',
    `(?:${signed}|<\\u00a0[\\d.]+\\u00a0%) to (?:${signed}|<\\u00a0[\\d.]+\\u00a0%)(?:\\u00a0points)?`,
  ],
  ['figures', `${number}(?:\\u00a0\\S+|/s)? → ${number}(?:\\u00a0[^\\s,.]+|/s)?`],
  ['change', signed],
  ['goal', 'the goal is [<>]=? [^:;]+'],
] as const;

type Kind = (typeof backed)[number][0] | 'title';

/** Every figure of the sentence leads to its evidence; what it is about is the metric that was named last. */
export function linkedSentence(report: Report): LinkedSentence {
  const { word, answer, more } = partsOfSentence(report.sentence);
  const primary = report.metrics.find(({ name }) => name === report.primary);
  const reader = { report, metric: primary };
  return { word, answer: piecesOf(answer, reader), more: piecesOf(more, reader) };
}

function piecesOf(text: string, reader: { report: Report; metric: MetricResult | undefined }): Piece[] {
  // A sentence about a guard is no figure of a metric.
  if (reader.report.verdict === 'invalid') return [{ at: 0, text, href: null }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(patternOf(reader.report))) {
    const kind = kindOf(match);
    const named = reader.report.metrics.find(({ title }) => title === match[0]);
    if (named) reader.metric = named;
    const href = placeOf(kind, reader.report, reader.metric);
    if (match.index > end) pieces.push({ at: end, text: text.slice(end, match.index), href: null });
    pieces.push({ at: match.index, text: match[0], href });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ at: end, text: text.slice(end), href: null });
  return pieces;
}

function patternOf({ metrics }: Report): RegExp {
  const titles = metrics.map(({ title }) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const groups = backed.map(([kind, pattern]) => `(?<${kind}>${pattern})`);
  return new RegExp(
    [...(titles.length > 0 ? [`(?<title>${titles.join('|')})`] : []), ...groups].join('|'),
    'g',
  );
}

function kindOf(match: RegExpExecArray): Kind {
  const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? ['title'];
  return kind as Kind;
}

function placeOf(kind: Kind, report: Report, metric: MetricResult | undefined): string {
  const method = `/runs/${report.runId}/method`;
  switch (kind) {
    case 'blocks':
      return `${method}#rounds`;
    case 'floor':
      return `${method}#method`;
    case 'seen':
      return `${method}#estimates`;
    case 'interval':
      return metric && metric.path.length > 0 ? `${method}#path` : rowOf(metric);
    case 'figures':
      return metric?.name === report.primary && metric.pairs.length > 0 ? '#blocks' : rowOf(metric);
    case 'goal':
      return '#goals';
    case 'title':
      return rowOf(metric);
    case 'change':
      return evidenceOf(metric);
    default:
      return kind satisfies never;
  }
}

const rowOf = (metric: MetricResult | undefined): string => (metric ? `#row-${metric.name}` : '#figures');

/** Where a reader sees what a metric's change is made of. */
export function evidenceOf(metric: MetricResult | undefined): string {
  if (metric?.name.startsWith('latency')) return '#percentiles';
  if (metric?.name.startsWith('cpu')) return '#cpu';
  if (metric?.name === 'throughput') return '#throughput';
  return rowOf(metric);
}
