import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import type { Processes, StartSpec } from './processes.ts';

const tailLines = 20;

/** Runs a program to its end, within the run's processes; its error carries what it said last. */
export async function runErrand(processes: Processes, spec: StartSpec, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = await processes.start(spec);
  const aborted = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const exit = await Promise.race([child.exited, aborted]);
  // Also what it has left behind: it would live beside the service.
  await child.stop();
  signal.throwIfAborted();
  if (exit?.code === 0) return;
  const how = exit?.signal ? `was killed by ${exit.signal}` : `ended with code ${exit?.code}`;
  const tail = await child.logTail(tailLines);
  const said = tail === '' ? '. It printed nothing.' : `:\n${tail}`;
  throw new DynoError(
    `${spec.what} (${[spec.command, ...spec.args].join(' ')}) ${how}${said}`,
    exitCodes.invalid,
  );
}
