import type { CalibrationFile } from '@dyno/contracts/calibration';
import { metricCatalogue } from '@dyno/contracts/metrics';
import { detectable, percent, plural } from '../format.ts';
import { textTable } from './textTable.ts';

/** What `dyno calibrate` ends with: a row a metric. */
export function calibrationTerminal(calibration: CalibrationFile, variant: string): string {
  const head = ['', 'noise floor', 'spread', 'detectable', 'verdict'];
  const rows = calibration.metrics.map((metric) => [
    metricCatalogue[metric.name].title,
    `±${detectable(metric.noiseFloor)}`,
    percent(metric.spread),
    detectable(metric.minimumDetectableEffect),
    metric.verdict,
  ]);
  const alarms = calibration.metrics.filter(
    ({ verdict }) => verdict === 'improved' || verdict === 'regressed',
  );
  const other = calibration.mode === 'fine' ? 'isolated' : 'fine';
  return `${[
    `${variant} against itself: ${plural(calibration.pairs, 'pair')} in ${calibration.mode} mode.`,
    textTable(head, rows, [1, 2, 3]),
    alarms.length === 0
      ? 'No metric was called different.'
      : `Called different although both are the same: ${alarms.map(({ name }) => metricCatalogue[name].title).join(', ')}. One metric in a while is chance; if it happens again, something on this machine favours one side.`,
    `Later verdicts in ${calibration.mode} mode on this service, load and machine quote the noise floor; a relative gate tighter than it is refused.`,
    // The pilot of two variants that differ may choose otherwise than that of two that are the same.
    `A run in ${other} mode, asked for or chosen by its pilot, does not: calibrate with --mode ${other} for those, or as a run was measured with --like <runId>.`,
  ].join('\n\n')}\n`;
}
