import type { MetricResult, Report } from '@dyno/contracts/report';

/** Bencher Metric Format: a benchmark for each variant, a measure for each metric. https://bencher.dev/docs/reference/bencher-metric-format/ */
export function reportBencher(report: Report): string {
  const benchmark = (variant: 'baseline' | 'candidate') => [
    `${report.experiment}: ${report[variant].name}`,
    Object.fromEntries(report.metrics.map((metric) => [measureName(metric), measure(metric[variant])])),
  ];
  return `${JSON.stringify(Object.fromEntries([benchmark('baseline'), benchmark('candidate')]), null, 2)}\n`;
}

/** Measures of one name have one unit there, and Bencher's own "latency" is in nanoseconds: the unit ends ours. */
function measureName({ name, unit }: MetricResult): string {
  const units: Record<string, string> = { ms: 'ms', 'ms CPU': 'ms', '1/s': 'per-second', '1': 'share' };
  return [name.replace(/([A-Z])/g, '-$1').replaceAll('.', '-'), units[unit]]
    .filter(Boolean)
    .join('-')
    .toLowerCase();
}

function measure({ estimate, low, high }: MetricResult['baseline']): Record<string, number> {
  return {
    value: estimate,
    ...(low === null ? {} : { lower_value: low }),
    ...(high === null ? {} : { upper_value: high }),
  };
}
