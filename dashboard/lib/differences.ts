import type { Run } from './results.ts';

/** One field that the two runs do not share. */
export interface Difference {
  field: string;
  a: string;
  b: string;
}

export interface Differences {
  /** Of machine, system and versions: figures of two machines do not compare. */
  environment: Difference[];
  /** What was measured: name, service, variants. */
  experiment: Difference[];
  load: Difference[];
  /** How it was measured: windows, blocks, mode. */
  plan: Difference[];
  /** The program itself; two runs are often compared because of it. */
  code: Difference[];
  /** Files that could not be read on one side, in words. */
  unknown: string[];
}

/** What stands between two runs, field by field. */
export function differencesOf(a: Run, b: Run): Differences {
  const environments = [environmentOf(a), environmentOf(b)] as const;
  const plans = [a.plan, b.plan] as const;
  const [planA, planB] = plans;
  const unknown: string[] = [];
  if (!environments[0] || !environments[1]) unknown.push('the machine of both runs');
  if (!planA || !planB) unknown.push('the plan of both runs');
  return {
    environment:
      environments[0] && environments[1]
        ? differing(machineOf(environments[0]), machineOf(environments[1]))
        : [],
    experiment:
      planA && planB ? differing(subjectOf(planA.experiment), subjectOf(planB.experiment)) : names(a, b),
    load: planA && planB ? differing({ load: planA.experiment.load }, { load: planB.experiment.load }) : [],
    plan:
      planA && planB
        ? differing({ mode: planA.mode, plan: planA.plan }, { mode: planB.mode, plan: planB.plan })
        : [],
    code:
      environments[0] && environments[1]
        ? differing(codeOf(environments[0].git, planA), codeOf(environments[1].git, planB))
        : [],
    unknown,
  };
}

type Environment = NonNullable<Run['environment']> | NonNullable<Run['report']>['environment'];

function environmentOf(run: Run): Environment | null {
  return run.environment ?? run.report?.environment ?? null;
}

/** Without its fingerprint, which only says again that something differs. */
function machineOf({ fingerprint: _, git: __, ...machine }: Environment): object {
  return 'schemaVersion' in machine ? { ...machine, schemaVersion: undefined } : machine;
}

function subjectOf(experiment: NonNullable<Run['plan']>['experiment']): object {
  const { name, service, baseline, candidates, primary, gated, margin } = experiment;
  return { experiment: name, service, baseline, candidates, primary, gated, margin };
}

function codeOf(git: Environment['git'], plan: Run['plan']): object {
  return { 'git commit': git?.commit.slice(0, 12), 'with changes': git?.dirty, file: plan?.hashes ?? {} };
}

function names(a: Run, b: Run): Difference[] {
  return differing({ experiment: a.report?.experiment }, { experiment: b.report?.experiment });
}

/** The leaves of both, by path, that are not equal. */
function differing(a: object, b: object): Difference[] {
  const [left, right] = [new Map(leavesOf(a, '')), new Map(leavesOf(b, ''))];
  const fields = [...new Set([...left.keys(), ...right.keys()])];
  return fields
    .map((field) => ({ field, a: left.get(field) ?? '–', b: right.get(field) ?? '–' }))
    .filter((difference) => difference.a !== difference.b);
}

function leavesOf(value: unknown, path: string): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return [[path, value.join(' ')]];
  if (typeof value !== 'object') return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, path ? `${path} ${key}` : key));
}
