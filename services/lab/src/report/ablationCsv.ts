import type { Ablation, AblationMetric, AblationRatio } from '@dyno/contracts/ablation';
import { csvText } from './quote.ts';

type Cell = string | number | boolean | null;

/** Three columns: a ratio, and its interval. */
const ratioHead = (name: string): string[] => [name, `${name}_low`, `${name}_high`];
const ratioCells = (ratio: AblationRatio | null): Cell[] => [
  ratio?.estimate ?? null,
  ratio?.low ?? null,
  ratio?.high ?? null,
];

/** A row a switch and metric, and one each for what the worths make together, what was measured, and what is left; ratios are on over off. */
export function ablationCsv({ runId, experiment, createdAt, valid, metrics }: Ablation): string {
  const head = [
    ...['ablation', 'experiment', 'created', 'counts', 'metric', 'unit', 'row', 'switch'],
    ...['worth', 'alone', 'together', 'interaction'].flatMap(ratioHead),
    ...['level', 'p', 'adjusted_p', 'verdict', 'confirmed'],
  ];
  const rows = metrics.flatMap((metric) =>
    cellsOf(metric).map((cells) => [
      ...[runId, experiment, createdAt, valid, metric.name, metric.unit],
      ...cells,
    ]),
  );
  return csvText([head, ...rows]);
}

function cellsOf({ switches, product, whole, remainder }: AblationMetric): Cell[][] {
  const ofAll = (row: string, ratio: AblationRatio): Cell[] => [
    ...[row, ''],
    ...[ratio, null, null, null].flatMap(ratioCells),
    ...[ratio.level, null, null, '', null],
  ];
  return [
    ...switches.map(({ name, worth, alone, together, interaction, p, adjustedP, verdict, confirmed }) => [
      ...['switch', name],
      ...[worth, alone, together, interaction].flatMap(ratioCells),
      ...[worth.level, p, adjustedP, verdict, confirmed],
    ]),
    ofAll('product', product),
    ofAll('whole', whole),
    ofAll('remainder', remainder),
  ];
}
