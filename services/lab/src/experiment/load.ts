import { existsSync, readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Experiment, experimentSchema, type Variant } from '@dyno/contracts/experiment';
import { DynoError } from '../errors.ts';

export interface LoadedExperiment {
  /** Relative to the project; absolute where it lies outside. */
  file: string;
  experiment: Experiment;
}

/** Reads an experiment file: by its path, or by its name in experiments/, written as the file's or as the experiment's (keysetPaging, keyset-paging). */
export async function loadExperiment(pathOrName: string, project: string): Promise<LoadedExperiment> {
  const path = find(pathOrName, project);
  const within = relative(project, path);
  const file = isOutside(within) ? path : within;
  const experiment = checkExperiment(await exportOf(path, file), file, project);
  return { file, experiment: isOutside(within) ? anchored(experiment, dirname(path)) : experiment };
}

/** An experiment with its defaults, or everything that is wrong with it; `source` is a file, or the command that made it. */
export function checkExperiment(input: unknown, source: string, project: string): Experiment {
  const parsed = experimentSchema.safeParse(input);
  const folder = isAbsolute(source) ? dirname(source) : project;
  const problems = parsed.success
    ? contradictions(parsed.data, folder)
    : parsed.error.issues.map((issue) => `${issue.path.join('.') || 'default export'}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new DynoError(
    `${source} is not an experiment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  );
}

function isOutside(relativePath: string): boolean {
  return relativePath.startsWith('..') || isAbsolute(relativePath);
}

/** The folders of somebody else's experiment are relative to its file, not to Dyno. */
function anchored(experiment: Experiment, folder: string): Experiment {
  const { service, load, baseline, candidates } = experiment;
  const variant = (one: Variant): Variant =>
    one.cwd === undefined || one.ref ? one : { ...one, cwd: resolve(folder, one.cwd) };
  return {
    ...experiment,
    service: { ...service, cwd: resolve(folder, service.cwd) },
    load: load.scenario === undefined ? load : { ...load, scenario: resolve(folder, load.scenario) },
    baseline: variant(baseline),
    candidates: candidates.map(variant),
  };
}

/** Paths of the project's experiments, relative to it. */
export function experimentFiles(project: string): string[] {
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
    resolve(project, 'experiments', `${camelCase(pathOrName)}.ts`),
  ];
  const found = candidates.find((path) => /\.[cm]?[jt]s$/.test(path) && existsSync(path));
  if (found) return found;
  const known = experimentFiles(project);
  const hint = known.length > 0 ? `There are: ${known.join(', ')}.` : 'The folder experiments/ is empty.';
  throw new DynoError(`There is no experiment "${pathOrName}". ${hint}`);
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

async function exportOf(path: string, file: string): Promise<unknown> {
  let loaded: unknown;
  try {
    loaded = await importModule(path);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DynoError(`${file} cannot be loaded: ${message}`, undefined, { cause: error });
  }
  if (typeof loaded === 'object' && loaded !== null && 'default' in loaded) return loaded.default;
  throw new DynoError(
    `${file} has no default export: it must say "export default { ... } satisfies ExperimentInput".`,
  );
}

/** An ES module whatever the package.json above it says: a CommonJS package has its dyno.config.ts as well. */
async function importModule(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  if (!path.endsWith('.ts')) return import(url);
  const hooks = registerHooks({
    load: (asked, context, next) =>
      next(asked, asked === url ? { ...context, format: 'module-typescript' } : context),
  });
  try {
    return await import(url);
  } finally {
    hooks.deregister();
  }
}

/** What each field allows by itself but not together. */
function contradictions(experiment: Experiment, folder: string): string[] {
  const { service, load, baseline, candidates, plans } = experiment;
  const variants = [baseline, ...candidates];
  const twice = repeated(variants);
  const switchedTwice = repeated(experiment.switches?.of ?? []);
  return [
    ...twice.map((name) => `candidates: two variants are called "${name}"`),
    ...switchedTwice.map((name) => `switches.of: two switches are called "${name}"`),
    ...variants
      .filter(({ command, url }) => command === undefined && url === undefined && !service.command)
      .map(({ name }) => `${name}: no command and no url, and service.command is missing too`),
    ...(service.readyPattern === undefined ? [] : patternProblems(service.readyPattern)),
    ...(new Set(variants.map(({ url }) => url === undefined)).size > 1
      ? ['candidates: either every variant has a url or none, or their CPU could not be compared']
      : []),
    ...((load.scenario === undefined) === (load.requests === undefined)
      ? ['load: either scenario (a k6 script) or requests']
      : []),
    ...(load.scenario === undefined || existsSync(resolve(folder, load.scenario))
      ? []
      : [`load.scenario: no file ${load.scenario}`]),
    ...Object.entries(plans)
      .filter(([, { blocks }]) => blocks.min > blocks.max)
      .map(([name, { blocks }]) => `plans.${name}.blocks: min ${blocks.min} is above max ${blocks.max}`),
    ...(experiment.gated.includes(experiment.primary)
      ? []
      : [`gated: the primary metric ${experiment.primary} is missing`]),
  ];
}

function repeated(named: readonly { name: string }[]): string[] {
  const names = named.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function patternProblems(pattern: string): string[] {
  try {
    new RegExp(pattern, 'm');
    return [];
  } catch (error) {
    return [`service.readyPattern: ${error instanceof Error ? error.message : String(error)}`];
  }
}
