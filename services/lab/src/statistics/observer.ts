import type { ObserverFile } from '@dyno/contracts/run';
import { logRatioEstimate } from './yuen.ts';

/** What one round showed of the service's own processes. */
export interface Seen {
  cpuMsPerRequest: number;
  latencyMsP50: number;
}
export interface LevelPair {
  level: 'metrics' | 'sampled' | 'full';
  off: Seen;
  on: Seen;
}

const confidence = 0.95;
const levels = ['off', 'metrics', 'sampled', 'full'] as const;

/** For each level the figures, and the interval of the ratio over `off`: trimmed t on the log ratios of the pairs. */
export function costOf(pairs: readonly LevelPair[]): ObserverFile['levels'] {
  return levels.flatMap((level) => {
    const ofLevel = pairs.filter((pair) => pair.level === level);
    const seen = level === 'off' ? pairs.map(({ off }) => off) : ofLevel.map(({ on }) => on);
    if (seen.length === 0) return [];
    return {
      level,
      cpuMsPerRequest: mean(seen.map(({ cpuMsPerRequest }) => cpuMsPerRequest)),
      latencyMsP50: mean(seen.map(({ latencyMsP50 }) => latencyMsP50)),
      cpuRatio: ratioOf(ofLevel),
      pairs: ofLevel.map(({ off, on }) => ({ off: off.cpuMsPerRequest, on: on.cpuMsPerRequest })),
    };
  });
}

function ratioOf(pairs: readonly LevelPair[]): ObserverFile['levels'][number]['cpuRatio'] {
  const logs = pairs
    .filter(({ off, on }) => off.cpuMsPerRequest > 0 && on.cpuMsPerRequest > 0)
    .map(({ off, on }) => Math.log(on.cpuMsPerRequest / off.cpuMsPerRequest));
  if (logs.length < 2) return null;
  const { estimate, low, high, level } = logRatioEstimate(logs, confidence);
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), level };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
