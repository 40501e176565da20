import type { Command } from 'commander';
import { openBrowser } from '../browser.ts';
import type { Invocation } from '../invocation.ts';
import type { StackNeeds } from '../stack/stack.ts';
import { addressOf } from '../token.ts';
import { measure } from './measure.ts';
import { examples, helpGroups, withOutput, withPlan } from './options.ts';
import { printReport } from './printReport.ts';
import { type RunOptions, requestOf } from './run.ts';

interface StartOptions extends RunOptions {
  full?: boolean;
  exit?: boolean;
  open: boolean;
}

export function registerStart(dyno: Command, invocation: Invocation): void {
  const start = dyno
    .command('start')
    .helpGroup(helpGroups.measure)
    .description('set everything up, measure the reference shop, open the dashboard (npm start)')
    .option('--full', 'the long plan: two minutes a window')
    .option(
      '--exit',
      'end after the verdict, with its exit code; also where CI is set or there is no terminal',
    )
    .option('--no-open', 'do not open a browser')
    .action(async (options) => startCommand(invocation, options));
  withPlan(start);
  withOutput(start).addHelpText(
    'after',
    examples(['npm start', 'npm start -- --full', 'npm start -- --exit']),
  );
}

/** The reference shop's experiment, with the dashboard beside it. */
async function startCommand(invocation: Invocation, options: StartOptions): Promise<void> {
  const { settings, terminal } = invocation;
  const ends = options.exit || Boolean(process.env.CI) || !process.stdout.isTTY;
  const planName = options.plan ?? (options.full ? 'full' : 'quick');
  const request = await requestOf(invocation, 'experiments/products.ts', { ...options, plan: planName });
  const processes = await invocation.openProcesses({ kind: 'stack' }, true);
  const failed = new AbortController();
  const page = ends
    ? null
    : import('../stack/dashboard.ts').then(({ startDashboard }) =>
        startDashboard(settings, processes, (event) => terminal.stack(event), invocation.signal),
      );
  // Its failure ends the stack's start too, and is told there.
  page?.catch((error) => failed.abort(error));
  const bringUp = async (needs?: StackNeeds) => {
    const stack = await invocation.bringUpStack(processes, failed.signal, needs);
    // Building the dashboard would disturb the first rounds: they wait for it.
    await page;
    return stack;
  };
  const report = await measure(invocation, request, options, bringUp);
  const path = `/runs/${report.runId}`;
  const url = page && `${(await page).url}${path}`;
  await printReport(invocation, report, options, url ?? undefined);
  process.exitCode = report.exitCode;
  if (!url) return;
  // A code each: the one that the browser uses up would not open the address of the terminal.
  if (options.open) openBrowser(await addressOf(settings, path));
  terminal.line(
    `\nThe dashboard is at ${await addressOf(settings, path)}\nCtrl-C stops it and everything else that was started.`,
  );
  await invocation.untilInterrupted();
}
