import { metricNames } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { csvText } from './quote.ts';

/** One row a metric, figures unrounded and in the report's units. */
export function reportCsv(report: Report): string {
  const head = [
    ...['run', 'experiment', 'created', 'baseline', 'candidate', 'metric', 'unit', 'gated'],
    ...['baseline_value', 'candidate_value', 'ratio', 'ratio_low', 'ratio_high'],
    ...['difference', 'difference_low', 'difference_high', 'level', 'verdict'],
    ...['minimum_detectable_effect', 'noise_floor', 'blocks'],
  ];
  const rows = report.metrics.map((metric) => {
    const { ratio, difference } = metric;
    return [
      ...[report.runId, report.experiment, report.createdAt, report.baseline.name, report.candidate.name],
      ...[metric.name, metric.unit, metric.gated, metric.baseline.estimate, metric.candidate.estimate],
      ...[ratio?.estimate ?? null, ratio?.low ?? null, ratio?.high ?? null],
      ...[difference?.estimate ?? null, difference?.low ?? null, difference?.high ?? null],
      ratio?.level ?? difference?.level ?? null,
      // Of a run that does not count no figure has a verdict.
      ...[report.verdict === 'invalid' ? 'invalid' : metric.verdict],
      ...[metric.minimumDetectableEffect, metric.noiseFloor, report.blocks],
    ];
  });
  return csvText([head, ...rows]);
}

/** A CSV file that Apache Otava reads: a row a run, a column a metric of the candidate, its ratio to the baseline beside it. */
export function otavaCsv(reports: readonly Report[]): string {
  // What only some loads measure would be a column of nothing.
  const names = metricNames.filter(
    (name) =>
      !name.startsWith('browser.') || reports.some(({ metrics }) => metrics.some((one) => one.name === name)),
  );
  // Error rates have a difference, and no ratio.
  const ratioNames = names.filter((name) => name !== 'errors.rate');
  const head = [
    'time',
    ...names,
    ...ratioNames.map((name) => `${name}.ratio`),
    ...['run', 'experiment', 'candidate', 'commit', 'verdict', 'environment'],
  ];
  const rows = reports.map((report) => {
    const byName = new Map(report.metrics.map((metric) => [metric.name, metric]));
    return [
      // With an offset in figures: Otava takes a time without one for local time.
      report.createdAt.replace(/Z$/, '+00:00'),
      ...names.map((name) => byName.get(name)?.candidate.estimate ?? null),
      ...ratioNames.map((name) => byName.get(name)?.ratio?.estimate ?? null),
      ...[report.runId, report.experiment, report.candidate.name],
      // Of the service where it was a git ref, else of the checkout that holds Dyno and the shop.
      report.candidate.commit ?? report.environment.git?.commit ?? null,
      ...[report.verdict, report.environment.fingerprint],
    ];
  });
  return csvText([head, ...rows]);
}
