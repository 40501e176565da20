import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Round } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import type { Child } from './processes.ts';

/** Why a round does not count; the lab's own errors are DynoErrors. */
export class RoundLost extends Error {
  readonly why: NonNullable<Round['excluded']>['cause'];

  constructor(why: RoundLost['why'], detail: string) {
    super(detail);
    this.why = why;
  }
}

/** Services and generators live until they are stopped; whichever ends first loses the round. */
export async function failWhenDead(services: readonly Child[], generators: readonly Child[]): Promise<never> {
  return Promise.race([
    ...services.map((service) =>
      service.exited.then(async (exit): Promise<never> => {
        throw new RoundLost('service-died', await obituary(service, exit));
      }),
    ),
    ...generators.map((k6) =>
      k6.exited.then(async (exit): Promise<never> => {
        if (exit.code === 0) throw new DynoError(endedByItself);
        const detail = await obituary(k6, exit);
        if (exit.code === exitCodes.k6Thresholds) throw new DynoError(detail, exitCodes.k6Thresholds);
        throw new RoundLost('generator-died', detail);
      }),
    ),
  ]);
}

const endedByItself =
  'The k6 script ended by itself before the window was over, because its options allow no more iterations: let it run for longer than warm-up and window together, or replace its options with --vus.';

export function failWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function obituary(child: Child, exit: { code: number | null; signal: string | null }): Promise<string> {
  const how = exit.signal ? `was killed by ${exit.signal}` : `ended with code ${exit.code}`;
  const tail = await child.logTail(20);
  return `${child.what} ${how} before the window was over.${tail ? `\nIts log ends with:\n${tail}` : ''}`;
}
