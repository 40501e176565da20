import type { ObserverFile } from '@dyno/contracts/run';
import { change, changeInterval, digits, levelOf } from '../format.ts';

/** What telemetry costs, a line for each level; printed where it was asked for. */
export function observerTerminal({ variant, levels }: ObserverFile): string {
  const lines = levels.map(({ level, cpuMsPerRequest, cpuRatio }) => {
    const cost = cpuRatio
      ? `${change(cpuRatio.estimate)} ${changeInterval(cpuRatio.low, cpuRatio.high)} at ${levelOf(cpuRatio.level)}`
      : '';
    return `  telemetry ${level.padEnd(8)} ${`${digits(cpuMsPerRequest)} ms`.padEnd(10)} ${cost}`.trimEnd();
  });
  return `Cost of observing ${variant}, CPU of the service per request:\n${lines.join('\n')}\n`;
}
