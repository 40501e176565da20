import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Settings } from '@dyno/contracts/settings';
import type { Command } from 'commander';
import { openBrowser } from '../browser.ts';
import { DynoError } from '../errors.ts';
import type { Invocation } from '../invocation.ts';
import { ownersOf } from '../run/ports.ts';
import { livingOf } from '../run/processes.ts';
import { addressOf } from '../token.ts';
import { examples, helpGroups } from './options.ts';

export function registerDashboard(dyno: Command, invocation: Invocation): void {
  dyno
    .command('dashboard')
    .helpGroup(helpGroups.read)
    .description('show results in the browser until Ctrl-C')
    .option('--no-open', 'only print the address')
    .action(async (options) => dashboardCommand(invocation, options))
    .addHelpText('after', examples(['dyno dashboard --no-open']));
}

async function dashboardCommand(invocation: Invocation, options: { open: boolean }): Promise<void> {
  const { settings, terminal } = invocation;
  // A second call is how one gets in again: it prints a new address of the one that is there.
  if (await isRunning(invocation)) {
    await show(settings, options.open);
    terminal.line('It was running already, and goes on.');
    return;
  }
  const processes = await invocation.openProcesses({ kind: 'stack' }, true);
  const { startDashboard } = await import('../stack/dashboard.ts');
  const { child } = await startDashboard(
    settings,
    processes,
    (event) => terminal.stack(event),
    invocation.signal,
  );
  await show(settings, options.open);
  await invocation.untilInterrupted(
    child.exited.then(async () => {
      const tail = await child.logTail(20);
      throw new DynoError(
        `The dashboard has ended; its log is ${child.logFile}:\n${tail}`,
        exitCodes.invalid,
      );
    }),
  );
}

/** A code each: the one that the browser uses up would not open the address of the terminal. */
async function show(settings: Settings, opens: boolean): Promise<void> {
  if (opens) openBrowser(await addressOf(settings));
  process.stdout.write(`${await addressOf(settings)}\n`);
}

/** The dashboard of this home, and not another program on its port. */
async function isRunning({ settings }: Invocation): Promise<boolean> {
  const started = (await livingOf(settings.home, 'stack')).filter(({ what }) => what === 'dashboard');
  const owners = ownersOf(settings.ports.dashboard);
  return owners.some(({ pid }) => started.some((one) => one.pid === pid));
}
