import type { CalibrationFile } from '@dyno/contracts/calibration';
import { type ExitCode, exitCodes } from '@dyno/contracts/exitCodes';
import { type MetricName, metricNames, type OverallVerdict } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import {
  type EnvironmentFile,
  type ObserverFile,
  type PlanFile,
  type ResponsesFile,
  type Round,
  type RoundMetrics,
  schemaVersion,
} from '@dyno/contracts/run';
import { judgeGuards } from './guards.ts';
import { errorMargin, type Look, metricResult } from './metricResult.ts';
import { notesOf } from './notes.ts';
import { type BlockRows, blockRows, comparedVariants, generatorProcess, type RoundRow } from './pairs.ts';
import { wordReport } from './sentences.ts';
import { alphaAt, isLook } from './sequential.ts';
import { judgeThreshold, parseThreshold } from './thresholds.ts';
import { overallVerdict } from './verdict.ts';

/** Every file that a report is made from; null where a run has none. */
export interface Analysis {
  plan: PlanFile;
  metrics: RoundMetrics;
  rounds: readonly Round[];
  environment: EnvironmentFile;
  /** Of this machine, service and load. */
  calibration: CalibrationFile | null;
  responses: ResponsesFile | null;
  observer: ObserverFile | null;
  /** Spans and metrics that the collector or an exporter lost in the rounds; null where nobody counted. */
  telemetryDropped: number | null;
}

/** The report of a run, from the one value per round and metric; the same files always give the same report. */
export function analyse({ plan, metrics, rounds, environment, calibration }: Analysis): Report {
  const excluded = new Set(rounds.filter((round) => round.excluded).map(({ round }) => round));
  const blocks = blockRows(
    plan,
    metrics.rounds.filter(({ round }) => !excluded.has(round)),
  );
  const results = metricResults(plan, blocks);
  const counted = { plan, blocks, rounds: roundsOf(blocks, rounds) };
  const guards = judgeGuards(counted);
  const thresholds = plan.experiment.thresholds.map((text) => {
    const threshold = parseThreshold(text);
    const result = results.find(({ name }) => name === threshold.metric);
    return judgeThreshold(threshold, result ? { ...result, value: result.candidate.estimate } : null);
  });
  const verdict: OverallVerdict = guards.some(({ status }) => status === 'fail')
    ? 'invalid'
    : overallVerdict(
        results.filter(({ gated }) => gated),
        plan.experiment.primary,
      );
  const { baseline, candidate } = comparedVariants(plan);
  const outcome = {
    verdict,
    metrics: results,
    guards,
    thresholds,
    primary: plan.experiment.primary,
    blocks: blocks.length,
  };
  return {
    schemaVersion,
    runId: plan.runId,
    experiment: plan.experiment.name,
    title: plan.experiment.title,
    createdAt: plan.createdAt,
    baseline: { name: baseline.name, title: baseline.title },
    candidate: { name: candidate.name, title: candidate.title },
    ...outcome,
    exitCode: exitCodeOf(
      verdict,
      thresholds.every(({ passed }) => passed),
    ),
    sentence: wordReport(outcome),
    mode: plan.mode,
    modeReason: plan.modeReason,
    method: '',
    secondsToVerdict: 0,
    successful: [],
    environment: identityOf(environment),
    calibration: calibration && { createdAt: calibration.createdAt, pairs: calibration.pairs },
    planName: plan.planName,
    seed: plan.seed,
    blocksMax: plan.plan.blocks.max,
    stopped: stoppedBy(plan, blocks, results),
    margin: plan.experiment.margin,
    cpuMsPerRequest: {
      baseline: cpuByProcess(blocks.map((block) => block.baseline)),
      candidate: cpuByProcess(blocks.map((block) => block.candidate)),
    },
    notes: notesOf({ ...counted, environment, results }),
    exclusions: rounds.flatMap(({ round, block, variant, excluded: cause }) =>
      cause ? [{ round, block, variant, ...cause }] : [],
    ),
  };
}

/** The sequential look after a block: whether the primary metric has its verdict, so that the run may end. */
export function isCertain(plan: PlanFile, metrics: RoundMetrics): boolean {
  const blocks = blockRows(plan, metrics.rounds);
  if (!isLook(blocks.length, plan.plan.blocks)) return false;
  const primary = metricResult(plan.experiment.primary, blocks, lookOf(plan, blocks.length));
  return primary !== null && primary.verdict !== 'inconclusive';
}

/**
 * 0: improved or equivalent, and every threshold met. 1: the gate failed (regressed, mixed, or a threshold not met).
 * 3: inconclusive. 4: invalid, whatever else is the case.
 */
export function exitCodeOf(verdict: OverallVerdict, thresholdsMet: boolean): ExitCode {
  switch (verdict) {
    case 'invalid':
      return exitCodes.invalid;
    case 'regressed':
    case 'mixed':
      return exitCodes.gateFailed;
    case 'inconclusive':
      return thresholdsMet ? exitCodes.inconclusive : exitCodes.gateFailed;
    case 'improved':
    case 'equivalent':
      return thresholdsMet ? exitCodes.pass : exitCodes.gateFailed;
    default:
      return verdict satisfies never;
  }
}

function metricResults(plan: PlanFile, blocks: readonly BlockRows[]): MetricResult[] {
  const look = lookOf(plan, blocks.length);
  return metricNames.flatMap((name) => metricResult(name, blocks, look) ?? []);
}

function lookOf({ experiment, plan }: PlanFile, blocks: number): Look {
  // At a fixed arrival rate the generator decides the throughput: not an outcome, so it cannot decide a verdict.
  const gated = experiment.gated.filter(
    (name) => !(name === 'throughput' && experiment.load.ratePerSecond !== undefined),
  );
  return {
    alpha: alphaAt(blocks, plan.blocks),
    margin: experiment.margin,
    gated: new Set<MetricName>(gated),
    wording: {
      blocks,
      margin: experiment.margin,
      errorMargin,
      // Two rounds; starting and stopping the service takes a few seconds each.
      secondsPerBlock: 2 * (plan.warmupSeconds + plan.windowSeconds + 3),
    },
  };
}

function identityOf({
  fingerprint,
  cpuModel,
  cores,
  kernel,
  versions,
  git,
}: EnvironmentFile): Report['environment'] {
  return { fingerprint, cpuModel, cores, kernel, versions, git };
}

function roundsOf(blocks: readonly BlockRows[], rounds: readonly Round[]): Round[] {
  const counted = new Set(blocks.flatMap(({ baseline, candidate }) => [baseline.round, candidate.round]));
  return rounds.filter(({ round }) => counted.has(round));
}

function stoppedBy(
  { plan, experiment }: PlanFile,
  blocks: readonly BlockRows[],
  results: readonly MetricResult[],
): Report['stopped'] {
  if (blocks.length >= plan.blocks.max) return 'maximum';
  const primary = results.find(({ name }) => name === experiment.primary);
  const decided = primary !== undefined && primary.verdict !== 'inconclusive';
  return decided && isLook(blocks.length, plan.blocks) ? 'certain' : 'interrupted';
}

/** Over all windows of a variant, weighted by requests. */
function cpuByProcess(rows: readonly RoundRow[]): Record<string, number> {
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const processes = new Set(rows.flatMap((row) => Object.keys(row.cpuMsPerRequestByProcess)));
  processes.delete(generatorProcess);
  if (requests === 0) return {};
  return Object.fromEntries(
    [...processes].map((process) => {
      const total = rows.reduce(
        (sum, row) => sum + (row.cpuMsPerRequestByProcess[process] ?? 0) * row.requests,
        0,
      );
      return [process, total / requests];
    }),
  );
}
