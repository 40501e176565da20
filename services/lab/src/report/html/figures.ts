import { IntervalAxis, IntervalLane } from '@dyno/charts/IntervalLane';
import { type Axis, differenceAxis, ratioAxis } from '@dyno/charts/scale';
import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { createElement as h, type ReactNode } from 'react';
import { change, changeInterval, points, pointsInterval, quantities } from '../../format.ts';
import { regressions } from '../../statistics/verdict.ts';
import { estimatesTable, hasFailures, successfulTable, type TextTable } from '../estimates.ts';
import { floorInterval, isBelowNoiseFloor, markedChange, verdictMarks } from '../words.ts';
import { dataTable, folded, mark, section } from './parts.ts';

/** Before, after, the change with its interval, drawn and written, and the verdict; then the goals. */
export function figuresSection(report: Report): ReactNode {
  const { baseline, candidate, calibration } = report;
  const floor = calibration ? ', dotted lines the noise floor of this machine' : '';
  return section(
    {
      id: 'figures',
      title: 'What changed, and how surely',
      subtitle: `${candidate.name} against ${baseline.name}: a dot is the estimate, its bar the interval, the dashed line no change${floor}; the axis is logarithmic, so ÷2 is as far as ×2.`,
    },
    report.metrics.length === 0
      ? h('p', null, 'No metric was measured in both variants.')
      : metricsTable(report),
    goals(report),
    details(report),
  );
}

interface Axes {
  ratios: Axis;
  differences: Axis;
}

function metricsTable(report: Report): ReactNode {
  const { metrics, margin } = report;
  const axes = { ratios: ratioAxis(metrics, margin), differences: differenceAxis(metrics) };
  // Also what is not gated and has turned the verdict.
  const worse = regressions(metrics);
  const deciding = metrics.filter((metric) => metric.gated || worse.includes(metric));
  const others = metrics.filter((metric) => !deciding.includes(metric));
  const row = (metric: MetricResult) => metricRow(metric, report, axes);
  return h(
    'table',
    { className: 'metrics' },
    h(
      'caption',
      { className: 'visually-hidden' },
      'Every metric before and after, with the interval of its change',
    ),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('th', { scope: 'col' }, 'Metric'),
        h(
          'th',
          { scope: 'col', className: 'number' },
          h(VariantLabel, { side: 'baseline', name: report.baseline.name }),
        ),
        h(
          'th',
          { scope: 'col', className: 'number' },
          h(VariantLabel, { side: 'candidate', name: report.candidate.name }),
        ),
        h(
          'th',
          { scope: 'col', className: 'lane' },
          h('span', { className: 'visually-hidden' }, 'Interval of the change, drawn on a logarithmic axis'),
          h(IntervalAxis, { axis: axes.ratios }),
        ),
        h('th', { scope: 'col', className: 'number' }, 'Change'),
        h('th', { scope: 'col' }, 'Verdict'),
      ),
    ),
    h('tbody', null, deciding.map(row)),
    others.length > 0
      ? h(
          'tbody',
          null,
          h(
            'tr',
            { className: 'divider' },
            h('th', { scope: 'rowgroup', colSpan: 6 }, 'For information; these do not decide the verdict'),
          ),
          others.map(row),
        )
      : null,
  );
}

function metricRow(metric: MetricResult, report: Report, axes: Axes): ReactNode {
  const { name, title, better, unit, verdict } = metric;
  const [before, after] = quantities([metric.baseline.estimate, metric.candidate.estimate], unit);
  const { interval, lane } = changeOf(metric, report, axes);
  // Of a run that does not count no figure has a verdict, whatever its own test says.
  const counts = report.verdict !== 'invalid';
  return h(
    'tr',
    { key: name, 'data-metric': name },
    h('th', { scope: 'row' }, title, h('small', null, `${better} is better`)),
    h('td', { className: 'number', 'data-label': report.baseline.name }, before),
    h('td', { className: 'number', 'data-label': report.candidate.name }, after),
    h('td', { className: 'lane' }, lane),
    h(
      'td',
      { className: 'number change' },
      h('strong', null, markedChange(metric)),
      interval ? h('small', null, interval) : null,
      isBelowNoiseFloor(metric) ? h('small', null, 'below the noise floor') : null,
    ),
    h(
      'td',
      { className: 'verdict' },
      counts
        ? h('span', { className: 'chip', 'data-verdict': verdict }, mark(verdictMarks[verdict], ''), verdict)
        : '–',
    ),
  );
}

/** The interval in words and as a lane of the plot. */
function changeOf(
  { title, ratio, difference, noiseFloor }: MetricResult,
  { margin }: Report,
  axes: Axes,
): { interval: string | null; lane: ReactNode } {
  if (ratio) {
    const shown = { ...ratio, low: Math.max(ratio.low, 1e-6) };
    const interval = changeInterval(shown.low, shown.high);
    const lane = h(IntervalLane, {
      axis: axes.ratios,
      interval: shown,
      none: 1,
      margin: { low: 1 / (1 + margin), high: 1 + margin },
      floor: floorInterval(noiseFloor),
      label: `${title}: ${change(ratio.estimate)}, interval ${interval}`,
    });
    return { interval, lane };
  }
  if (!difference) return { interval: null, lane: h('small', null, 'no interval') };
  const interval = pointsInterval(difference.low, difference.high);
  const label = `${title}: difference ${points(difference.estimate)}, interval ${interval}`;
  const lane = h(
    'div',
    { className: 'strip' },
    h(IntervalLane, { axis: axes.differences, interval: difference, none: 0, margin: null, label }),
  );
  return { interval, lane };
}

/** The goals, each with the reason why it is met or missed. */
function goals({ thresholds, baseline, candidate }: Report): ReactNode {
  if (thresholds.length === 0) return null;
  return h(
    'div',
    { id: 'goals' },
    h('h3', null, `Goals for ${candidate.name}`),
    h(
      'ul',
      { className: 'goals' },
      thresholds.map(({ threshold, kind, passed, detail }) =>
        h(
          'li',
          { key: threshold, 'data-passed': passed },
          mark(passed ? '✓' : '✕', passed ? 'met' : 'missed'),
          h('code', null, threshold),
          h('span', null, detail),
          h('small', null, kind === 'relative' ? `against ${baseline.name}` : 'on its own'),
        ),
      ),
    ),
  );
}

/** Behind the table: how much the metrics scatter, what the run could have seen, and other ways to compute the same. */
function details(report: Report): ReactNode {
  return [
    textTable('Spread, sensitivity and other estimates', estimatesTable(report)),
    textTable('Latency over successful answers alone', successfulTable(report), hasFailures(report)),
  ];
}

function textTable(title: string, table: TextTable | null, isOpen = false): ReactNode {
  if (!table) return null;
  const { head, rows, legend } = table;
  const shown = [dataTable({ caption: title, head, rows }), h('p', { className: 'subtitle' }, legend)];
  return h('div', { key: title }, folded({ title, isOpen }, ...shown));
}
