import type { MetricName } from '@dyno/contracts/metrics';
import { metricCatalogue } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { change, quantity } from '@dyno/lab/format';
import { parseThreshold } from '@dyno/lab/thresholds';

export interface Goal {
  /** "< 200 ms", or a change: "≤ +3 %". */
  text: string;
  passed: boolean;
}

/** The goals that are about this metric; a threshold that cannot be read is about none. */
export function goalsOf(report: Report, metric: MetricName): Goal[] {
  return report.thresholds.flatMap(({ threshold, passed }): Goal[] => {
    const goal = parsed(threshold);
    if (goal?.metric !== metric) return [];
    const limit =
      goal.kind === 'absolute'
        ? quantity(goal.limit, metricCatalogue[metric].unit)
        : goal.limit === 0
          ? 'no change'
          : change(1 + goal.limit);
    return [{ text: `${goal.operator.replace('<=', '≤').replace('>=', '≥')}\u00a0${limit}`, passed }];
  });
}

function parsed(threshold: string): ReturnType<typeof parseThreshold> | null {
  try {
    return parseThreshold(threshold);
  } catch {
    return null;
  }
}
