import type { CalibrationFile } from '@dyno/contracts/calibration';
import type { Guard } from '@dyno/contracts/report';
import type { DilutionFile, ObserverFile, PlanFile, ResponsesFile, Round } from '@dyno/contracts/run';
import { type BlockRows, generatorProcess } from './pairs.ts';

/** What the guards look at. */
export interface Counted {
  plan: PlanFile;
  blocks: readonly BlockRows[];
  /** Only those of the blocks that count. */
  rounds: readonly Round[];
  calibration: CalibrationFile | null;
  responses: ResponsesFile | null;
  observer: ObserverFile | null;
  dilution?: DilutionFile | null;
  telemetryDropped: number | null;
}

export function pass(name: string, detail: string): Guard {
  return { name, status: 'pass', detail, advice: '' };
}

export function warn(name: string, detail: string, advice: string): Guard {
  return { name, status: 'warn', detail, advice };
}

export function fail(name: string, detail: string, advice: string): Guard {
  return { name, status: 'fail', detail, advice };
}

export function listRounds(rounds: readonly { round: number }[]): string {
  return `${rounds.length === 1 ? 'Round' : 'Rounds'} ${rounds.map(({ round }) => round).join(', ')}`;
}

/** What ran on the machine while a window was open: in fine mode for all variants of the block at once. */
export interface OpenWindow {
  coreSeconds: number;
  busySeconds: number;
  stolenSeconds: number;
  /** Of the variants alone. */
  serviceSeconds: number;
  /** Of database and cache. */
  partsSeconds: number;
  generatorSeconds: number;
  /** All that Dyno started and knows. */
  knownSeconds: number;
}

export function openWindows({ plan, rounds }: Pick<Counted, 'plan' | 'rounds'>): OpenWindow[] {
  const together = Map.groupBy(rounds, ({ block, round }) => (plan.mode === 'fine' ? block : round));
  return [...together.values()].flatMap((alive) => {
    const [first] = alive;
    return first ? [windowOf(first, alive)] : [];
  });
}

/** What both variants of a block use in common is written in the line of each. */
function windowOf(first: Round, alive: readonly Round[]): OpenWindow {
  const seconds = (usage: Round['usage'], processes: (name: string) => boolean) =>
    usage.filter(({ process }) => processes(process)).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const isInstrument = (name: string) => name === generatorProcess || name === 'lab';
  const isService = (name: string) => name === 'service';
  const serviceSeconds = alive.reduce((sum, { usage }) => sum + seconds(usage, isService), 0);
  const partsSeconds =
    seconds(first.usage, (name) => !isService(name) && !isInstrument(name)) +
    seconds(first.shared, () => true);
  return {
    coreSeconds: (first.machine.cores * first.window.durationMs) / 1000,
    busySeconds: first.machine.busyCpuSeconds,
    stolenSeconds: first.machine.stealCpuSeconds,
    serviceSeconds,
    partsSeconds,
    generatorSeconds: seconds(first.usage, (name) => name === generatorProcess),
    knownSeconds: serviceSeconds + partsSeconds + seconds(first.usage, isInstrument),
  };
}

/** One figure over all windows, weighted by their length. */
export function shareOf(windows: readonly OpenWindow[], part: (window: OpenWindow) => number): number {
  const all = windows.reduce((sum, { coreSeconds }) => sum + coreSeconds, 0);
  return all === 0 ? 0 : windows.reduce((sum, window) => sum + part(window), 0) / all;
}
