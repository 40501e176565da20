import { scryptSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Experiment, Variant } from '@dyno/contracts/experiment';
import type { PlanFile } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { loadExperiment } from './load.ts';

type Values = Readonly<Record<string, string | undefined>>;

/** By its name, or as an address with a password in it. */
export function isSecret(name: string, value: string): boolean {
  return (
    /secret|token|passw|pwd|api_?key|credential|private|auth/i.test(name) ||
    /:\/\/[^/\s:@]*:[^/\s@]+@/.test(value)
  );
}

/** The experiment as it may be kept and handed on: of each secret only what tells whether another value is the same. */
export function sealed(experiment: Experiment): Experiment {
  return withValues(experiment, (name, value) =>
    value === '' || isSealed(value) || !isSecret(name, value) ? value : sealOf(name, value),
  );
}

/**
 * A stored plan with its secrets again: out of what was given, this process's environment, or the experiment's own file.
 * Nothing starts with another value than the rounds that are there.
 */
export async function withSecrets(
  plan: PlanFile,
  { given, project, again }: { given: readonly Values[]; project: string; again: string },
): Promise<PlanFile> {
  const names = new Set<string>();
  withValues(plan.experiment, (name, value) => {
    if (isSealed(value)) names.add(name);
    return value;
  });
  if (names.size === 0) return plan;
  const sources = [...given, process.env, ...(await valuesOfFile(plan.experimentFile, project))];
  const problems = new Set<string>();
  const experiment = withValues(plan.experiment, (name, value) => {
    if (!isSealed(value)) return value;
    const candidates = sources.flatMap((source) => source[name] ?? []);
    const found = candidates.find((one) => sealOf(name, one) === value);
    if (found !== undefined) return found;
    problems.add(
      candidates.length === 0
        ? `  ${name} is missing`
        : `  ${name} is another one than that with which the run began`,
    );
    return value;
  });
  if (problems.size === 0) return { ...plan, experiment };
  throw new DynoError(
    `Run ${plan.runId} does not keep what looks secret, and needs it again:\n${[...problems].join('\n')}\n${again}`,
    exitCodes.usage,
  );
}

/** The same for the same value in every run: a calibration belongs to it, too. Slow, so that nobody tries out short ones. */
function sealOf(name: string, value: string): string {
  const key = JSON.stringify([name, value]);
  const seal = seals.get(key) ?? `${mark}${scryptSync(value, `dyno ${name}`, 32).toString('hex')}`;
  seals.set(key, seal);
  return seal;
}

const mark = 'not kept, scrypt ';
const seals = new Map<string, string>();

function isSealed(value: string): boolean {
  return value.startsWith(mark) && /^[0-9a-f]{64}$/.test(value.slice(mark.length));
}

function withValues(experiment: Experiment, change: (name: string, value: string) => string): Experiment {
  const env = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(name, value)]));
  const variant = (one: Variant): Variant => ({ ...one, env: env(one.env) });
  return {
    ...experiment,
    service: { ...experiment.service, env: env(experiment.service.env) },
    baseline: variant(experiment.baseline),
    candidates: experiment.candidates.map(variant),
  };
}

/** None where a command has put the experiment together. */
async function valuesOfFile(experimentFile: string, project: string): Promise<Values[]> {
  const path = resolve(project, experimentFile);
  if (!existsSync(path)) return [];
  const { experiment } = await loadExperiment(path, project);
  return [
    ...[experiment.service, experiment.baseline, ...experiment.candidates].map(({ env }) => env),
    ...(experiment.switches?.of ?? []).flatMap(({ on, off }) => [on, off]),
  ];
}
