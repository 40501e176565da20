import { stripVTControlCharacters } from 'node:util';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { Command, CommanderError } from 'commander';
import { registerAblate } from './commands/ablate.ts';
import { registerCache } from './commands/cache.ts';
import { registerCalibrate } from './commands/calibrate.ts';
import { registerCompare } from './commands/compare.ts';
import { registerDashboard } from './commands/dashboard.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerExperiments } from './commands/experiments.ts';
import { registerExport } from './commands/export.ts';
import { registerGate } from './commands/gate.ts';
import { registerHistory } from './commands/history.ts';
import { registerInit } from './commands/init.ts';
import { registerProfile } from './commands/profile.ts';
import { registerReport } from './commands/report.ts';
import { registerRun } from './commands/run.ts';
import { registerStack } from './commands/stack.ts';
import { registerStart } from './commands/start.ts';
import { registerVerify } from './commands/verify.ts';
import { DynoError } from './errors.ts';
import { Invocation } from './invocation.ts';
import { ownVersion } from './run/environment.ts';
import { readSettings } from './settings.ts';

/** The one place that prints errors and decides the exit code. */
async function main(args: string[]): Promise<void> {
  const invocation = new Invocation();
  try {
    await program(invocation).parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = tell(error, invocation);
  }
  try {
    await invocation.close();
  } catch (error) {
    process.exitCode = tell(error, invocation);
  }
}

function tell(error: unknown, invocation: Invocation): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage;
  if (invocation.signal.aborted && !(error instanceof DynoError)) {
    process.stderr.write('Stopped.\n');
    return exitCodes.interrupted;
  }
  if (error instanceof DynoError) {
    process.stderr.write(`${linesOf(error.message)}\n`);
    return error.exitCode;
  }
  const wayOut = error instanceof Error && 'code' in error ? waysOut[String(error.code)] : undefined;
  if (error instanceof Error && wayOut) {
    process.stderr.write(`${error.message}: ${wayOut} and start again.\n`);
    return exitCodes.usage;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCodes.invalid;
}

/** A sentence may quote what a service printed or a foreign file holds: its lines, without what steers a terminal. */
function linesOf(message: string): string {
  return stripVTControlCharacters(message).replace(/(?![\n\t])\p{Cc}/gu, ' ');
}

/** What the machine refuses is no fault of ours: a sentence, not a stack of calls. */
const waysOut: Record<string, string> = {
  ENOSPC: 'the disk is full, free some space',
  EDQUOT: 'the quota is used up, free some space',
  EROFS: 'the file system is read-only, take another folder (DYNO_HOME, DYNO_RESULTS)',
  EACCES: 'this user has no right to it, change its owner or mode',
};

/** In the order in which `dyno --help` shows them. */
const registrations = [
  registerStart,
  registerRun,
  registerCompare,
  registerAblate,
  registerInit,
  registerCalibrate,
  registerProfile,
  registerReport,
  registerGate,
  registerHistory,
  registerExperiments,
  registerDashboard,
  registerExport,
  registerVerify,
  registerStack,
  registerCache,
  registerDoctor,
];

function program(invocation: Invocation): Command {
  const dyno = new Command('dyno')
    .description('Measures what an optimization does to an HTTP service, with certainty and evidence.')
    .version(ownVersion(readSettings().project), '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(dyno --help shows how)')
    .hook('preAction', async (_, command) => {
      invocation.begin(readSettings(), command.opts().quiet === true);
      await invocation.sweep();
    });
  for (const register of registrations) register(dyno, invocation);
  for (const command of dyno.commands) {
    command.showHelpAfterError(`(dyno ${command.name()} --help shows how)`);
  }
  return dyno;
}

// A reader that has seen enough ("dyno report | head") is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
await main(process.argv.slice(2));
