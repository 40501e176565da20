import type { MetricResult, Report } from '@dyno/contracts/report';
import { detectable, percent, plural } from '../format.ts';
import { regressions } from '../statistics/verdict.ts';

/** One thing to do, with a place on the page or a command where there is one. */
export interface NextStep {
  text: string;
  command?: string;
  link?: { href: string; text: string };
}

/** A plan has no more. */
const blocksLimit = 20;

/** What a reader does with this verdict: the first step matters most. */
export function nextSteps(report: Report): NextStep[] {
  return [...verdictSteps(report), ...missedGoals(report)];
}

function verdictSteps(report: Report): NextStep[] {
  switch (report.verdict) {
    case 'improved':
      return [
        { text: 'See why it is faster:', link: { href: '#cpu', text: 'what one request costs' } },
        ...(report.thresholds.every(({ passed }) => passed)
          ? [{ text: 'Hold later runs against this one:', command: `npx dyno baseline set ${report.runId}` }]
          : []),
      ];
    case 'equivalent':
      return [
        {
          text: `No change beyond the margin of ±${percent(report.margin)}. A smaller one needs a narrower margin and more blocks${sensitivity(report)}.`,
        },
      ];
    case 'regressed':
      return [
        {
          text: `Do not take it as it is: ${listOf(regressions(report.metrics))} got worse. See where the time goes:`,
          link: { href: '#cpu', text: 'what one request costs' },
        },
      ];
    case 'mixed':
      return [
        {
          text: `Decide what counts: ${listOf(improvements(report))} got better, ${listOf(regressions(report.metrics))} worse. What may get worse, and by how much, is said in the experiment: in "gated", or as a goal such as p(99)<=+3%.`,
        },
        {
          text: 'See where the slow requests spend their time:',
          link: { href: '#percentiles', text: 'latency by percentile' },
        },
      ];
    case 'inconclusive':
      return inconclusiveSteps(report);
    case 'invalid':
      return report.guards
        .filter(({ status }) => status === 'fail')
        .map(({ name, detail, advice }) => ({ text: `${name}: ${advice || detail}` }));
    default:
      return report.verdict satisfies never;
  }
}

/** An undecided metric is settled by blocks, by longer windows, or by less noise. */
function inconclusiveSteps(report: Report): NextStep[] {
  const undecided = report.metrics.filter((metric) => metric.gated && metric.verdict === 'inconclusive');
  const leading = undecided.find(({ name }) => name === report.primary) ?? undecided[0];
  if (!leading) return [{ text: 'No metric was measured in both variants.' }];
  const steps = [blocksStep(report, leading)];
  // Two browsers at once would measure each other.
  const inBrowser = report.metrics.some(({ name }) => name.startsWith('browser.'));
  if (report.mode === 'isolated' && !inBrowser)
    steps.push({ text: 'Less noise, where both variants can be alive at once:', command: '--mode fine' });
  if (leading.noiseFloor === null)
    steps.push({
      text: 'Find out what this machine can tell apart:',
      command: `npx dyno calibrate --like ${report.runId}`,
    });
  return steps;
}

function blocksStep(report: Report, { title, blocksNeeded }: MetricResult): NextStep {
  if (report.stopped === 'interrupted')
    return {
      text: `The run was stopped after ${plural(report.blocks, 'block')}; go on with it:`,
      command: `npx dyno run --resume ${report.runId}`,
    };
  if (blocksNeeded === null)
    return { text: `${title} is undecided: a longer window or more blocks narrow its interval.` };
  if (blocksNeeded <= blocksLimit)
    return {
      text: `About ${plural(blocksNeeded, 'block')} in all would show a change of ${percent(report.margin)} in ${title}; this run had ${report.blocks}. Give it that many with --blocks ${blocksNeeded}, or blocks.max in its plan.`,
    };
  return {
    text: `About ${plural(blocksNeeded, 'block')} in all would show a change of ${percent(report.margin)} in ${title}, more than the ${blocksLimit} of a plan: lengthen the window, or close what else runs on this machine.`,
  };
}

function missedGoals({ thresholds, verdict }: Report): NextStep[] {
  const missed = thresholds.filter(({ passed }) => !passed).length;
  if (missed === 0 || verdict === 'invalid') return [];
  return [
    {
      text: `${plural(missed, 'goal')} missed, so the gate fails whatever the verdict:`,
      link: { href: '#goals', text: 'the goals' },
    },
  ];
}

function sensitivity({ metrics, primary }: Report): string {
  const effect = metrics.find(({ name }) => name === primary)?.minimumDetectableEffect ?? null;
  return effect === null ? '' : `; this run could have seen ${detectable(effect)}`;
}

function improvements({ metrics }: Report): MetricResult[] {
  return metrics.filter(({ gated, verdict }) => gated && verdict === 'improved');
}

function listOf(metrics: MetricResult[]): string {
  const titles = metrics.map(({ title }) => title);
  const last = titles.pop();
  return titles.length > 0 ? `${titles.join(', ')} and ${last}` : (last ?? 'a metric');
}
