import type { MetricName } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { beforeAfter, digits, percent, plural } from '@dyno/lab/format';
import { z } from 'zod';
import { notMeasured, type RouteLoad, type RoutePlan, routes, usualPlan } from './routes.ts';

const figureSchema = z.strictObject({
  before: z.number(),
  after: z.number(),
  /** How many times less it is with everything on, and the interval. Null where there is no test. */
  times: z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() }).nullable(),
});

/** One line of bench/everyRoute.ndjson. */
export const entrySchema = z.strictObject({
  name: z.string(),
  /** Load and plan: a line counts for the very same ones only. */
  measured: z.string(),
  at: z.string(),
  commit: z.string(),
  runId: z.string(),
  seconds: z.number(),
  verdict: z.string(),
  /** Guards that failed. */
  failed: z.array(z.string()),
  level: z.number().nullable(),
  mean: figureSchema,
  p95: figureSchema,
  cpu: figureSchema,
  errors: z.strictObject({ before: z.number(), after: z.number() }),
});
export type Entry = z.infer<typeof entrySchema>;
type Figure = z.infer<typeof figureSchema>;

export function planOf({ plan }: RouteLoad): RoutePlan {
  return { ...usualPlan, ...plan };
}

export function figuresOf(report: Report): Pick<Entry, 'level' | 'mean' | 'p95' | 'cpu' | 'errors'> {
  const errors = metric(report, 'errors.rate');
  return {
    level: metric(report, 'latency.mean').ratio?.level ?? null,
    mean: figureOf(report, 'latency.mean'),
    p95: figureOf(report, 'latency.p95'),
    cpu: figureOf(report, 'cpu.perRequest'),
    errors: { before: errors.baseline.estimate, after: errors.candidate.estimate },
  };
}

function metric({ metrics }: Report, name: MetricName): Report['metrics'][number] {
  const found = metrics.find((one) => one.name === name);
  if (!found) throw new Error(`the report has no ${name}`);
  return found;
}

function figureOf(report: Report, name: MetricName): Figure {
  const { baseline, candidate, ratio } = metric(report, name);
  return {
    before: baseline.estimate,
    after: candidate.estimate,
    // The report says candidate over baseline.
    times:
      ratio === null || ratio.low === 0
        ? null
        : { estimate: 1 / ratio.estimate, low: 1 / ratio.high, high: 1 / ratio.low },
  };
}

export function tableOf(entryOf: (load: RouteLoad) => Entry | undefined): string {
  const entries = routes.flatMap((load) => entryOf(load) ?? []);
  const levels = [...new Set(entries.flatMap(({ level }) => level ?? []))].map((level) => percent(level));
  return [
    `${entries.length} of ${routes.length} rows are measured. Before is everything off, after everything on; ÷ is how many times less, with its interval${levels.length > 0 ? ` (${levels.join(', ')})` : ''}. "Reached" means that the whole interval is beyond; "by the estimate", that the estimate is and the interval is not.`,
    '',
    '| route | load | mean | p95 | CPU per request | errors | at least 5 times |',
    '|---|---|---|---|---|---|---|',
    ...[...routes].sort(inDocumentOrder).map((load) => rowOf(load, entryOf(load))),
    '',
    'Not in the table:',
    '',
    ...Object.entries(notMeasured).map(([route, reason]) => `- \`${route}\`: ${reason}`),
  ].join('\n');
}

/** The catalogue first, whichever size of data was measured first. */
function inDocumentOrder(one: RouteLoad, other: RouteLoad): number {
  const place = ({ route }: RouteLoad) =>
    ['/products', '/orders', '/account', '/profile', '/auth', '/exports', '/imports', '/reports'].findIndex(
      (start) => route.includes(` ${start}`),
    );
  return (place(one) + 1 || 99) - (place(other) + 1 || 99);
}

/** The guards for which the figures do not count. */
export function invalidBy({ ownData }: RouteLoad, { failed }: Entry): string[] {
  return failed.filter((guard) => !(ownData && guard === 'same answers'));
}

export function rowOf(load: RouteLoad, entry: Entry | undefined): string {
  const start = `| \`${load.route}\`<br>${load.asked} | ${loadText(load)}`;
  if (entry === undefined) return `${start} | not measured yet | | | | |`;
  const invalid = invalidBy(load, entry);
  if (invalid.length > 0) return `${start} | invalid: ${invalid.join(', ')} | | | | |`;
  const { mean, p95, cpu, errors } = entry;
  const cells = [mean, p95].map((figure) => cell(figure, 'ms'));
  const failed =
    errors.before + errors.after === 0 ? '0' : `${percent(errors.before)} → ${percent(errors.after)}`;
  return `${[start, ...cells, cell(cpu, 'ms CPU'), failed, outcome(load, entry)].join(' | ')} |`;
}

function loadText({ vus, thinkSeconds = 1, shopSize = 1 }: RouteLoad): string {
  const size = shopSize === 1 ? '' : `, ${shopSize} times the rows`;
  return `${plural(vus, 'user')}, ${digits(thinkSeconds)} s between${size}`;
}

function cell({ before, after, times }: Figure, unit: string): string {
  const ratio =
    times === null ? '' : `<br>÷${digits(times.estimate)} [${digits(times.low)}, ${digits(times.high)}]`;
  return beforeAfter(before, after, unit) + ratio;
}

/** Of mean latency; where more is wanted, of that and of p95. */
function outcome({ wanted, reason }: RouteLoad, { mean, p95 }: Entry): string {
  if (wanted !== undefined) {
    return `at least ${wanted.times} times: mean ${reached(mean, wanted.times)}, p95 ${reached(p95, wanted.times)}`;
  }
  const answer = reached(mean, 5);
  return answer === 'no' && reason !== undefined ? `no. ${reason}` : answer;
}

function reached({ times }: Figure, wanted: number): string {
  if (times === null || times.estimate < wanted) return 'no';
  return times.low >= wanted ? 'reached' : 'by the estimate';
}
