import type { Experiment } from '@dyno/contracts/experiment';
import type { OverallVerdict } from '@dyno/contracts/metrics';
import type { Guard, MetricResult, Report } from '@dyno/contracts/report';
import type { EnvironmentFile, Mode, Pilot, PlanFile, Round } from '@dyno/contracts/run';
import { assigns } from '../experiment/sharedLoad.ts';
import { bytes, change, digits, duration, levelOf, percent, plural, points } from '../format.ts';

/** What a report is told in, on a page and in a file: marks, words and the rows of facts. Pure, so that it runs in a browser. */

/** A mark beside each word, so that colour never carries the verdict alone. */
export const verdictMarks: Readonly<Record<OverallVerdict, string>> = {
  improved: '✓',
  regressed: '✕',
  equivalent: '=',
  inconclusive: '?',
  mixed: '±',
  invalid: '!',
};

export const guardMarks: Readonly<Record<Guard['status'], string>> = { pass: '✓', warn: '!', fail: '✕' };

const stoppedWords: Readonly<Record<Report['stopped'], string>> = {
  certain: 'stopped when certain',
  maximum: 'all blocks used',
  interrupted: 'stopped early by hand',
};

export const modeWords: Readonly<Record<Mode, string>> = {
  isolated: 'isolated mode: one variant at a time, in random order within each block',
  fine: 'fine mode: both variants alive at once, sharing the load',
};

export const sentenceCase = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Whether the interval of the change leaves no change out. */
export function isCertain(metric: Pick<MetricResult, 'verdict'>): boolean {
  return metric.verdict === 'improved' || metric.verdict === 'regressed';
}

/** The change, with `~` before one whose interval includes no change. */
export function markedChange(metric: Pick<MetricResult, 'verdict' | 'ratio' | 'difference'>): string {
  const mark = isCertain(metric) ? '' : '~\u00a0';
  if (metric.ratio) return `${mark}${change(metric.ratio.estimate)}`;
  return metric.difference ? `${mark}${points(metric.difference.estimate)}` : '–';
}

/** Whether two identical variants can differ as much on this machine; false without a calibration. */
export function isBelowNoiseFloor({ ratio, noiseFloor }: MetricResult): boolean {
  return ratio !== null && noiseFloor !== null && Math.abs(Math.log(ratio.estimate)) < Math.log1p(noiseFloor);
}

/** What a calibration's floor means on an axis of ratios. */
export function floorInterval(noiseFloor: number | null): { low: number; high: number } | null {
  return noiseFloor === null ? null : { low: 1 / (1 + noiseFloor), high: 1 + noiseFloor };
}

/** The verdict's word, the answer, and what the sentence says beyond it: one text, in falling sizes. */
export function partsOfSentence(sentence: string): { word: string; answer: string; more: string } {
  const word = /^[A-Z][a-z]+:/.exec(sentence)?.[0] ?? '';
  const end = /[.?!] (?=[A-Z])/.exec(sentence.slice(word.length));
  const cut = end ? word.length + end.index + 1 : sentence.length;
  return { word, answer: sentence.slice(word.length, cut), more: sentence.slice(cut) };
}

/** "1 failed, 2 warnings, 9 passed". */
export function guardSummary(guards: readonly Guard[]): string {
  const amount = (status: Guard['status']) => guards.filter((guard) => guard.status === status).length;
  return [
    amount('fail') > 0 ? `${amount('fail')} failed` : null,
    amount('warn') > 0 ? plural(amount('warn'), 'warning') : null,
    `${amount('pass')} passed`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Of the primary metric: at an early stop it is not 95 %. */
export function levelWords(report: Report): string | null {
  const level = report.metrics.find((metric) => metric.name === report.primary)?.ratio?.level;
  return level === undefined ? null : `intervals at ${levelOf(level)}`;
}

/** One line below the sentence: how much was measured, and how. */
export function measuredWords(report: Report): string[] {
  const { git } = report.environment;
  return [
    `${report.blocks} ${report.blocks === 1 ? 'block' : 'blocks'} of at most ${report.blocksMax}`,
    stoppedWords[report.stopped],
    levelWords(report),
    `${report.planName} plan`,
    `${report.mode} mode`,
    git ? `commit ${git.commit.slice(0, 9)}${git.dirty ? ', with changes' : ''}` : null,
  ].filter((part) => part !== null);
}

/** Below the picture of the looks; `cut`: an interval goes on outside it. */
export function pathWords(
  { margin, metrics, primary }: Pick<Report, 'margin' | 'metrics' | 'primary'>,
  cut: boolean,
): string {
  const floor = metrics.find(({ name }) => name === primary)?.noiseFloor ?? null;
  const dotted = floor === null ? '' : `; dotted: the noise floor of ${percent(floor)}`;
  const arrow = cut ? ' An arrow: the interval goes on outside the picture.' : '';
  return `After each block from the first look on: estimate and interval of the change. Dashed: no change; shaded: the margin of ±${percent(margin)}${dotted}.${arrow}`;
}

/** How variants that were alive at once shared the load: only a script that assigns draws the variant of each request. */
export function sharingWords(load: Experiment['load'], seed: number): string {
  return assigns(load)
    ? `each request was drawn at random (seed ${seed})`
    : 'each got half of the load from a k6 of its own';
}

export function fineModeWords(plan: PlanFile | null, seed: number): string {
  const shared = plan ? sharingWords(plan.experiment.load, seed) : 'the load';
  return `What the figures mean: the two shared this machine, its database and its caches, and ${shared}. So the change says what a request costs more or less under the same conditions. Absolute latency and requests per second are those of a machine that serves both: compare them with each other, not with other runs. CPU per request counts the service's own processes alone.`;
}

export function pilotWords({ seconds, utilization, latencyRatio, cpuRatio, sharedCpu }: Pilot): string {
  const latency = latencyRatio === null ? '' : `, latency ${change(latencyRatio)}`;
  const cpu = cpuRatio === null ? '' : `, CPU per request ${change(cpuRatio)}`;
  return `The pilot took ${duration(seconds)}: ${percent(utilization)} of the machine busy${latency}${cpu}, database and cache ${percent(sharedCpu)} of the CPU.`;
}

export function loadWords(load: Experiment['load']): string {
  const what = load.scenario ?? `${plural(load.requests?.length ?? 0, 'kind')} of request`;
  return load.ratePerSecond === undefined
    ? `${plural(load.vus, 'virtual user')}, ${what}`
    : `${digits(load.ratePerSecond)} requests/s, at most ${plural(load.vus, 'virtual user')}, ${what}`;
}

/** What was planned and what it took; `dateTime` writes a moment where the reader is. */
export function planRows(
  report: Report,
  plan: PlanFile | null,
  dateTime: (iso: string) => string,
): [string, string][] {
  const windows: [string, string][] = plan
    ? [
        ['Looks', `from block ${plan.plan.blocks.min} on`],
        ['Warm-up', duration(plan.plan.warmupSeconds)],
        ['Window', duration(plan.plan.windowSeconds)],
      ]
    : [];
  return [
    ['Plan', report.planName],
    ['Blocks', `${report.blocks} counted, at most ${report.blocksMax}`],
    ...windows,
    ['To the verdict', duration(report.secondsToVerdict)],
    ['Seed', String(report.seed)],
    ['Margin', `±${percent(report.margin)}`],
    ['Noise floor', noiseFloorWords(report, dateTime)],
    ...(plan ? [['Load', loadWords(plan.experiment.load)] as [string, string]] : []),
  ];
}

function noiseFloorWords(
  { calibration, metrics, primary }: Report,
  dateTime: (iso: string) => string,
): string {
  if (!calibration) return 'not known: npx dyno calibrate';
  const floor = metrics.find(({ name }) => name === primary)?.noiseFloor ?? null;
  const source = `${plural(calibration.pairs, 'identical pair')}, ${dateTime(calibration.createdAt)}`;
  return floor === null ? source : `${percent(floor)} (${source})`;
}

const causeWords: Readonly<Record<NonNullable<Round['excluded']>['cause'], string>> = {
  'generator-died': 'The load generator died',
  'generator-saturated': 'The load generator was saturated',
  'service-died': 'The service died',
  'stack-died': 'A part of the stack died',
  clock: 'The clock jumped',
  damaged: 'Samples were damaged',
  port: 'Another process had the port',
  sentinel: "The machine's speed was off",
  steal: 'Another virtual machine took the CPU',
  window: 'The window became too long',
};

export const wordsOfCause = (cause: string): string =>
  new Map<string, string>(Object.entries(causeWords)).get(cause) ?? cause;

/** What the command's exit code says to a script. */
export function exitWords(exitCode: number): string {
  switch (exitCode) {
    case 0:
      return 'the gate is passed';
    case 1:
      return 'the gate failed';
    case 3:
      return 'undecided';
    case 4:
      return 'the run does not count';
    case 99:
      return "the k6 script's own thresholds failed";
    default:
      return 'ended early';
  }
}

/** The machine and the versions, row by row. */
export function environmentRows(environment: EnvironmentFile): [string, string][] {
  const { git } = environment;
  return [
    ['Processor', `${environment.cpuModel}, ${environment.cores} cores`],
    ['Memory', bytes(environment.memoryBytes)],
    ['System', `${environment.os}, ${environment.kernel}`],
    ['Stack', environment.stack],
    ...Object.entries(environment.versions).map(([name, version]): [string, string] => [
      programNames.get(name) ?? name,
      version,
    ]),
    ...(git
      ? [['Commit', `${git.commit.slice(0, 12)}${git.dirty ? ', with changes' : ''}`] as [string, string]]
      : []),
    ['Fingerprint', environment.fingerprint.slice(0, 16)],
  ];
}

const programNames: ReadonlyMap<string, string> = new Map([
  ['node', 'Node.js'],
  ['mysql', 'MySQL'],
  ['redis', 'Redis'],
  ['memcached', 'Memcached'],
  ['mail', 'Mail server'],
  ['nginx', 'nginx'],
  ['jaeger', 'Jaeger'],
  ['prometheus', 'Prometheus'],
  ['dyno', 'Dyno'],
]);
