import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import type { Processes, StartSpec } from './processes.ts';

const logLines = 200;
const quotedLines = 20;

/** How long it may take, and what to do where that is not enough. */
export interface Limit {
  seconds: number;
  wayOut: string;
}

/** Runs a program to its end, within the run's processes; its error carries what it said last. */
export async function runErrand(
  processes: Processes,
  spec: StartSpec,
  limit: Limit,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = await processes.start(spec);
  const aborted = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), limit.seconds * 1000);
  const exit = await Promise.race([child.exited, aborted, late.promise]);
  clearTimeout(timer);
  // Also what it has left behind: it would live beside the service.
  await child.stop();
  signal.throwIfAborted();
  if (exit !== 'late' && exit?.code === 0) return;
  const how = exit === 'late' ? `has not ended within ${limit.seconds} s and was stopped` : howEnded(exit);
  const reason = reasonIn(await child.logTail(logLines));
  const said = reason === '' ? '. It printed nothing.' : `:\n${reason}`;
  const wayOut = exit === 'late' ? `\n${limit.wayOut}` : '';
  throw new DynoError(
    `${spec.what} (${[spec.command, ...spec.args].join(' ')}) ${how}${said}${wayOut}`,
    exitCodes.invalid,
  );
}

function howEnded(exit: { code: number | null; signal: NodeJS.Signals | null } | null): string {
  return exit?.signal ? `was killed by ${exit.signal}` : `ended with code ${exit?.code}`;
}

/** The last lines; of npm's errors the first ones, because the reason stands before pages of usage. */
function reasonIn(log: string): string {
  const lines = log.split('\n');
  const npm = lines.filter((line) => /^npm (?:error|ERR!)/.test(line));
  if (npm.length === 0) return lines.slice(-quotedLines).join('\n');
  const usage = npm.findIndex((line) =>
    /^npm \S+ (?:Clean install a project|Install a package|Usage:)$/.test(line),
  );
  return npm
    .slice(0, usage > 0 ? usage : quotedLines)
    .slice(0, quotedLines)
    .join('\n');
}
