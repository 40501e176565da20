import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Command } from 'commander';
import { openBrowser } from '../browser.ts';
import { DynoError } from '../errors.ts';
import type { Invocation } from '../invocation.ts';
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
  const processes = await invocation.openProcesses({ kind: 'stack' }, true);
  const { startDashboard } = await import('../stack/dashboard.ts');
  const { url, child } = await startDashboard(
    settings,
    processes,
    (event) => terminal.stack(event),
    invocation.signal,
  );
  if (options.open) openBrowser(url);
  process.stdout.write(`${url}\n`);
  await Promise.race([
    invocation.untilInterrupted(),
    child.exited.then(async () => {
      const tail = await child.logTail(20);
      throw new DynoError(
        `The dashboard has ended; its log is ${child.logFile}:\n${tail}`,
        exitCodes.invalid,
      );
    }),
  ]);
}
