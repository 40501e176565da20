import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Experiment, experimentSchema } from '@dyno/contracts/experiment';
import { DynoError } from '../errors.ts';

export interface LoadedExperiment {
  /** Relative to the project. */
  file: string;
  experiment: Experiment;
}

/** Reads an experiment file: by its path, or by its name in experiments/. */
export async function loadExperiment(pathOrName: string, project: string): Promise<LoadedExperiment> {
  const path = find(pathOrName, project);
  const file = relative(project, path);
  const parsed = experimentSchema.safeParse(await exportOf(path, file));
  const problems = parsed.success
    ? contradictions(parsed.data, project)
    : parsed.error.issues.map((issue) => `${issue.path.join('.') || 'default export'}: ${issue.message}`);
  if (!parsed.success || problems.length > 0) {
    throw new DynoError(
      `${file} is not an experiment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  return { file, experiment: parsed.data };
}

/** Paths of the project's experiments, relative to it. */
function experimentFiles(project: string): string[] {
  const folder = join(project, 'experiments');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join('experiments', name));
}

function find(pathOrName: string, project: string): string {
  const candidates = [
    resolve(pathOrName),
    resolve(project, pathOrName),
    resolve(project, 'experiments', `${pathOrName}.ts`),
  ];
  const found = candidates.find((path) => /\.[cm]?[jt]s$/.test(path) && existsSync(path));
  if (found) return found;
  const known = experimentFiles(project);
  const hint = known.length > 0 ? `There are: ${known.join(', ')}.` : 'The folder experiments/ is empty.';
  throw new DynoError(`There is no experiment "${pathOrName}". ${hint}`);
}

async function exportOf(path: string, file: string): Promise<unknown> {
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DynoError(`${file} cannot be loaded: ${message}`, undefined, { cause: error });
  }
  if (typeof loaded === 'object' && loaded !== null && 'default' in loaded) return loaded.default;
  throw new DynoError(
    `${file} has no default export: it must say "export default { ... } satisfies ExperimentInput".`,
  );
}

/** What each field allows by itself but not together. */
function contradictions(experiment: Experiment, project: string): string[] {
  const { load, baseline, candidates, plans } = experiment;
  const names = [baseline, ...candidates].map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return [
    ...twice.map((name) => `candidates: two variants are called "${name}"`),
    ...(existsSync(resolve(project, load.scenario)) ? [] : [`load.scenario: no file ${load.scenario}`]),
    ...Object.entries(plans)
      .filter(([, { blocks }]) => blocks.min > blocks.max)
      .map(([name, { blocks }]) => `plans.${name}.blocks: min ${blocks.min} is above max ${blocks.max}`),
    ...(experiment.gated.includes(experiment.primary)
      ? []
      : [`gated: the primary metric ${experiment.primary} is missing`]),
  ];
}
