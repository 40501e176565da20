import { type OptimizationName, optimizationNames, optimizations } from './index.ts';
import type { Optimization } from './optimization.ts';

/** Reads SHOP_OPTIMIZATIONS: names with commas between them, or `all`. Every mistake is named. */
export function chooseOptimizations(text: string): {
  chosen: ReadonlySet<OptimizationName>;
  mistakes: string[];
} {
  if (text.trim() === 'all') return { chosen: new Set(allOptimizations()), mistakes: [] };
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const chosen = new Set(names.filter(isOptimization));
  const unknown = names
    .filter((name) => !isOptimization(name))
    .map((name) => `"${name}" is no optimization; there are ${optimizationNames.join(', ')}, or "all"`);
  const refused = conflictsIn(chosen).map(
    ([one, other]) => `${one} and ${other} do the same in two ways; name one of them`,
  );
  return { chosen, mistakes: [...unknown, ...refused] };
}

/** Every switch but those that another does in its way; without one of them, what it stood in for comes back. */
export function allOptimizations(without: OptimizationName | null = null): OptimizationName[] {
  const names = optimizationNames.filter((name) => name !== without);
  return names.filter((name) => !othersOf(name).some((other) => names.includes(other)));
}

function conflictsIn(chosen: ReadonlySet<OptimizationName>): [OptimizationName, OptimizationName][] {
  return [...chosen].flatMap((name) =>
    othersOf(name)
      .filter((other) => chosen.has(other))
      .map((other): [OptimizationName, OptimizationName] => [name, other]),
  );
}

function othersOf(name: OptimizationName): OptimizationName[] {
  const told: Optimization | undefined = optimizations.find((optimization) => optimization.name === name);
  return (told?.insteadOf ?? []).filter(isOptimization);
}

function isOptimization(name: string): name is OptimizationName {
  return (optimizationNames as readonly string[]).includes(name);
}
