import type { CalibrationFile } from '@dyno/contracts/calibration';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Report } from '@dyno/contracts/report';
import { type EnvironmentFile, type PlanFile, schemaVersion } from '@dyno/contracts/run';
import { DynoError, RefusedRun } from './errors.ts';
import type { LoadedExperiment } from './experiment/load.ts';
import { needsPilot } from './experiment/plan.ts';
import { needsWholeLoad } from './experiment/sharedLoad.ts';
import { percent } from './format.ts';
import { calibrationFor, subjectOf } from './run/calibrations.ts';
import type { Session } from './session.ts';
import { tighterThanFloor } from './statistics/thresholds.ts';

/** Fewer pairs do not tell a noise floor. */
export const calibrationPairsMin = 10;
/** Of the plan of such a run, so that a history leaves it out. */
export const calibrationPlanName = 'calibration';
/** What the variant is called the second time. */
const twin = 'same';

/** The experiment with one of its variants on both sides, and without passes and goals: both must turn out alike. */
export function sameTwice(
  { file, experiment }: LoadedExperiment,
  options: { variant?: string | undefined; planName?: string | undefined; pairs: number },
): LoadedExperiment {
  const variants = [experiment.baseline, ...experiment.candidates];
  const variant =
    options.variant === undefined
      ? experiment.baseline
      : variants.find(({ name }) => name === options.variant);
  if (!variant) {
    const names = variants.map(({ name }) => name).join(', ');
    throw new DynoError(
      `There is no variant "${options.variant}" in ${experiment.name}: choose from ${names}.`,
    );
  }
  const planName = options.planName ?? Object.keys(experiment.plans)[0] ?? '';
  const plan = experiment.plans[planName];
  if (!plan) {
    throw new DynoError(
      `${file} has no plan "${planName}": choose from ${Object.keys(experiment.plans).join(', ')}.`,
    );
  }
  if (options.pairs < calibrationPairsMin) {
    throw new DynoError(
      `${options.pairs} pairs do not tell a noise floor: take --blocks ${calibrationPairsMin} or more.`,
    );
  }
  // No looks on the way: every pair counts.
  const blocks = { min: options.pairs, max: options.pairs };
  // A run of it is isolated because of its goals, which this one does not have.
  const mode = plan.mode === 'auto' && needsWholeLoad(experiment) !== null ? 'isolated' : plan.mode;
  return {
    file,
    experiment: {
      ...experiment,
      baseline: variant,
      candidates: [{ ...variant, name: twin, title: 'the same once more' }],
      plans: { [calibrationPlanName]: { ...plan, mode, blocks, tracePassSeconds: 0, profilePassSeconds: 0 } },
      thresholds: [],
    },
  };
}

/** What a run of identical variants says about noise. */
export function calibrationOf(
  plan: PlanFile,
  environment: Pick<EnvironmentFile, 'fingerprint'>,
  report: Report,
  now: Date,
): CalibrationFile {
  if (report.verdict === 'invalid' || report.blocks < calibrationPairsMin) {
    throw new DynoError(
      `This calibration does not count: ${report.verdict === 'invalid' ? report.sentence : `only ${report.blocks} pairs are left.`} Calibrate again.`,
      exitCodes.invalid,
    );
  }
  return {
    schemaVersion,
    createdAt: now.toISOString(),
    runId: plan.runId,
    experiment: plan.experiment.name,
    fingerprint: environment.fingerprint,
    subject: subjectOf(plan, plan.experiment.baseline),
    mode: plan.mode,
    pairs: report.blocks,
    metrics: report.metrics.flatMap(({ name, spread, ratio, minimumDetectableEffect, verdict }) =>
      spread === null || ratio === null || minimumDetectableEffect === null
        ? []
        : [
            {
              name,
              spread,
              noiseFloor: Math.sqrt(ratio.high / ratio.low) - 1,
              minimumDetectableEffect,
              verdict,
            },
          ],
    ),
  };
}

/** A goal finer than the noise floor passes and fails by chance. */
export function refuseTightGates(thresholds: readonly string[], calibration: CalibrationFile | null): void {
  if (!calibration) return;
  const reasons = thresholds.flatMap((text) => {
    const floor = tighterThanFloor(text, calibration);
    return floor === null ? [] : [`  ${text}: identical variants differ by ±${percent(floor)} here`];
  });
  if (reasons.length === 0) return;
  throw new RefusedRun(
    `A gate tighter than the noise floor passes and fails by chance:\n${reasons.join('\n')}\nLoosen it, calibrate with longer windows or more blocks, or insist with --force.`,
    exitCodes.usage,
  );
}

/** Before anything of a run is started: where a pilot is to choose the mode, both must be too noisy for its goals. */
export async function refuseTightGatesOf(
  plan: PlanFile,
  environment: EnvironmentFile,
  home: string,
): Promise<void> {
  if (plan.force) return;
  const modes = needsPilot(plan, []) ? (['fine', 'isolated'] as const) : [plan.mode];
  const refusals: unknown[] = [];
  for (const mode of modes) {
    const calibration = await calibrationFor(home, { ...plan, mode }, environment);
    try {
      refuseTightGates(plan.experiment.thresholds, calibration);
    } catch (error) {
      refusals.push(error);
    }
  }
  if (refusals.length === modes.length) throw refusals[0];
}

/**
 * What is known of the noise when a run begins is kept with it, so that its report can be made again anywhere.
 * A run that is gone on with keeps what it began with.
 */
export async function quoteCalibration(
  { folder, plan, environment }: Pick<Session, 'folder' | 'plan' | 'environment'>,
  home: string,
): Promise<void> {
  if ((await folder.rounds()).length > 0) return;
  const calibration = await calibrationFor(home, plan, environment);
  if (!plan.force) refuseTightGates(plan.experiment.thresholds, calibration);
  if (calibration) await folder.write('calibration.json', calibration);
}
