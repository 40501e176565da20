import type { CalibrationFile } from '@dyno/contracts/calibration';
import { type ExitCode, exitCodes } from '@dyno/contracts/exitCodes';
import type { Variant } from '@dyno/contracts/experiment';
import type { OverallVerdict } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import {
  type DilutionFile,
  type EnvironmentFile,
  type ObserverFile,
  type PlanFile,
  type ResponsesFile,
  type Round,
  type RoundMetrics,
  schemaVersion,
} from '@dyno/contracts/run';
import { throughputIsGiven } from '../experiment/sharedLoad.ts';
import { cachesOf } from './cacheLookups.ts';
import { judgeGuards } from './guards.ts';
import { isDecided, type Judged, judge, mayEnd } from './judge.ts';
import { wordMethod } from './method.ts';
import { metricResult, successfulLatency } from './metricResult.ts';
import { errorMargin } from './metricTest.ts';
import { notesOf } from './notes.ts';
import { type BlockRows, blockRows, comparedVariants, generatorProcess } from './pairs.ts';
import { crossedByScript } from './scriptThresholds.ts';
import { type Wording, wordReport } from './sentences.ts';
import { alphaAt, isLook } from './sequential.ts';
import { judgeThreshold, parseThreshold } from './thresholds.ts';
import { overallVerdict } from './verdict.ts';

/** Baseline and candidate: in isolated mode each takes its own window. */
const comparedAtOnce = 2;

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
  /** Of a fine run; absent is as good as null. */
  dilution?: DilutionFile | null;
  /** Spans and metrics that the collector or an exporter lost in the rounds; null where nobody counted. */
  telemetryDropped: number | null;
}

/** The report of a run, from the one value per round and metric; the same files always give the same report. */
export function analyse(analysis: Analysis): Report {
  const { plan, metrics, rounds, environment, calibration } = analysis;
  const excluded = new Set(rounds.filter((round) => round.excluded).map(({ round }) => round));
  const blocks = blockRows(
    plan,
    metrics.rounds.filter(({ round }) => !excluded.has(round)),
  );
  const counted = { ...analysis, blocks, rounds: roundsOf(blocks, rounds) };
  const judged = judge(plan, blocks);
  const secondsToVerdict = secondsOf(rounds, counted.rounds);
  const wording = wordingOf(plan, blocks.length);
  const results = judged.map((metric) =>
    metricResult(metric, { blocks, range: plan.plan.blocks, calibration, wording }),
  );
  const successful = successfulLatency(blocks, alphaAt(blocks.length, plan.plan.blocks));
  const guards = judgeGuards(counted, results);
  const { load } = plan.experiment;
  const judging = { results, throughputGiven: throughputIsGiven(load, plan.mode) };
  const goals = plan.experiment.thresholds.map((text) => judgeThreshold(parseThreshold(text), judging));
  const verdict: OverallVerdict = guards.some(({ status }) => status === 'fail')
    ? 'invalid'
    : overallVerdict(judged, plan.experiment.primary);
  const { baseline, candidate } = comparedVariants(plan);
  const crossed = crossedByScript(plan, counted.rounds);
  const thresholds = [...goals, ...crossed];
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
    baseline: comparedOf(baseline),
    candidate: comparedOf(candidate),
    ...outcome,
    exitCode: exitCodeOf(verdict, {
      goalsMet: goals.every(({ passed }) => passed),
      scriptCrossed: crossed.length > 0,
    }),
    sentence: wordReport({
      ...outcome,
      leaning: judged.filter(({ leaning }) => leaning).map(({ name }) => name),
    }),
    mode: plan.mode,
    modeReason: plan.modeReason,
    method: wordMethod(plan, blocks.length),
    secondsToVerdict,
    planName: plan.planName,
    seed: plan.seed,
    blocksMax: plan.plan.blocks.max,
    stopped: stoppedBy(plan, blocks.length, judged),
    margin: plan.experiment.margin,
    successful,
    environment: identityOf(environment),
    calibration: calibration && { createdAt: calibration.createdAt, pairs: calibration.pairs },
    cpuMsPerRequest: {
      baseline: cpuByProcess(blocks, 'baseline', results),
      candidate: cpuByProcess(blocks, 'candidate', results),
    },
    ...cachesOf(counted.rounds, { baseline: baseline.name, candidate: candidate.name }),
    notes: notesOf({ ...counted, results, successful }),
    exclusions: rounds.flatMap(({ round, block, variant, excluded: cause }) =>
      cause ? [{ round, block, variant, ...cause }] : [],
    ),
  };
}

/**
 * The sequential look after a block: the run may end when the primary metric has its verdict, and nothing that counts
 * looks worse without being certain. More blocks than the primary metric needs cost time, not truth.
 */
export function isCertain(plan: PlanFile, metrics: RoundMetrics): boolean {
  return mayEnd(plan, blockRows(plan, metrics.rounds));
}

/**
 * 0: improved or equivalent, and every threshold met. 1: the gate failed (regressed, mixed, or a threshold not met).
 * 3: inconclusive. 4: invalid, whatever else is the case. 99: the k6 script's own thresholds were crossed, as k6 says it.
 */
export function exitCodeOf(
  verdict: OverallVerdict,
  { goalsMet, scriptCrossed }: { goalsMet: boolean; scriptCrossed: boolean },
): ExitCode {
  if (scriptCrossed && verdict !== 'invalid') return exitCodes.k6Thresholds;
  switch (verdict) {
    case 'invalid':
      return exitCodes.invalid;
    case 'regressed':
    case 'mixed':
      return exitCodes.gateFailed;
    case 'inconclusive':
      return goalsMet ? exitCodes.inconclusive : exitCodes.gateFailed;
    case 'improved':
    case 'equivalent':
      return goalsMet ? exitCodes.pass : exitCodes.gateFailed;
    default:
      return verdict satisfies never;
  }
}

function comparedOf({ name, title, ref }: Variant): Report['candidate'] {
  return { name, title, ...(ref ? { commit: ref.commit } : {}) };
}

function wordingOf({ experiment, plan, mode }: PlanFile, blocks: number): Wording {
  const windows = mode === 'fine' ? 1 : comparedAtOnce;
  return {
    blocks,
    blocksMax: plan.blocks.max,
    margin: experiment.margin,
    mode,
    errorMargin,
    // Starting and stopping the service takes a few seconds each.
    secondsPerBlock: windows * (plan.warmupSeconds + plan.windowSeconds + 3),
  };
}

/** From the first round's start to the end of the last one that counted. */
function secondsOf(rounds: readonly Round[], counted: readonly Round[]): number {
  const startMs = Math.min(...rounds.map(({ startedAt }) => Date.parse(startedAt)));
  const endMs = Math.max(...counted.map(({ window }) => window.endMs));
  return counted.length === 0 ? 0 : Math.max(0, (endMs - startMs) / 1000);
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

function stoppedBy(plan: PlanFile, blocks: number, judged: readonly Judged[]): Report['stopped'] {
  if (blocks >= plan.plan.blocks.max) return 'maximum';
  return isLook(blocks, plan.plan.blocks) && isDecided(plan.experiment, judged) ? 'certain' : 'interrupted';
}

/**
 * The metric's own estimate, split by what each process has used over all windows: parts that add up to the figure that the
 * sentence says.
 */
function cpuByProcess(
  blocks: readonly BlockRows[],
  side: 'baseline' | 'candidate',
  results: readonly MetricResult[],
): Record<string, number> {
  const metric = results.find(({ name }) => name === 'cpu.perRequest');
  const used = new Map<string, number>();
  for (const { [side]: row } of blocks)
    for (const [process, ms] of Object.entries(row.cpuMsPerRequestByProcess))
      if (process !== generatorProcess) used.set(process, (used.get(process) ?? 0) + ms * row.requests);
  const all = [...used.values()].reduce((sum, one) => sum + one, 0);
  if (!metric || all === 0) return {};
  return Object.fromEntries(
    [...used].map(([process, one]) => [process, (metric[side].estimate * one) / all]),
  );
}
