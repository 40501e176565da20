import { cpus } from 'node:os';
import type { ResourceSample, Round } from '@dyno/contracts/run';
import type { Totals } from './resources.ts';

/** What every process group used between two looks. */
export function usageBetween(
  start: Totals,
  end: Totals,
  samples: readonly ResourceSample[],
  startWallMs: number,
): Round['usage'] {
  return [...end.processes].map(([name, last]) => {
    const first = start.processes.get(name) ?? { cpuSeconds: 0, contextSwitches: 0, rssBytes: 0 };
    const rss = samples
      .filter((sample) => sample.process === name && sample.timeMs >= startWallMs)
      .map(({ rssBytes }) => rssBytes);
    return {
      process: name,
      cpuSeconds: last.cpuSeconds - first.cpuSeconds,
      rssBytesMax: Math.max(first.rssBytes, last.rssBytes, ...rss),
      contextSwitches: last.contextSwitches - first.contextSwitches,
    };
  });
}

export function machineBetween(start: Totals, end: Totals): Round['machine'] {
  return {
    busyCpuSeconds: end.machine.busyCpuSeconds - start.machine.busyCpuSeconds,
    stealCpuSeconds: end.machine.stealCpuSeconds - start.machine.stealCpuSeconds,
    cores: cpus().length,
  };
}

const instruments = ['k6', 'lab'];
const prefix = 'service:';

/** Under which the processes of a variant are watched while others live beside it. */
export function watchedAs(variant: string): string {
  return prefix + variant;
}

/**
 * Of what was watched in common, what belongs to one variant: its own processes, under the name `service`, and the
 * instruments. Alone on the machine it owns everything; beside others, database and cache work for all of them.
 */
export function shareOf<Watched extends { process: string }>(
  watched: readonly Watched[],
  variant: string,
  alone: boolean,
): { own: Watched[]; shared: Watched[] } {
  const isService = (process: string) => process.startsWith(prefix);
  const mine = watched.filter(({ process }) => process === watchedAs(variant));
  const parts = watched.filter(({ process }) => !isService(process) && !instruments.includes(process));
  const rest = watched.filter(({ process }) => instruments.includes(process));
  const named = mine.map((one) => ({ ...one, process: 'service' }));
  return alone
    ? { own: [...named, ...parts, ...rest], shared: [] }
    : { own: [...named, ...rest], shared: parts };
}
