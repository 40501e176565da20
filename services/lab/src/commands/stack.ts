import type { Command } from 'commander';
import { place } from '../format.ts';
import type { Invocation } from '../invocation.ts';
import { terminalText } from '../report/quote.ts';
import { ablationsFolder, type UnfinishedRun, unfinishedRuns, unreadableRuns } from '../run/results.ts';
import { stackDown, stackStatus } from '../stack/stack.ts';
import { examples, helpGroups } from './options.ts';

/** up, down, status. */
export function registerStack(dyno: Command, invocation: Invocation): void {
  dyno
    .command('up')
    .helpGroup(helpGroups.machine)
    .description('start MySQL, Redis, Jaeger and Prometheus, and leave them running')
    .option('-q, --quiet', 'no progress')
    .action(async () => upCommand(invocation))
    .addHelpText('after', examples(['dyno up']));
  dyno
    .command('down')
    .helpGroup(helpGroups.machine)
    .description('stop what "dyno up" has started, and nothing else')
    .action(async () => downCommand(invocation))
    .addHelpText('after', examples(['dyno down']));
  dyno
    .command('status')
    .helpGroup(helpGroups.machine)
    .description('what is running, and which runs were cut off')
    .option('--json', 'as JSON')
    .action(async (options) => statusCommand(invocation, options))
    .addHelpText('after', examples(['dyno status']));
}

async function upCommand(invocation: Invocation): Promise<void> {
  const processes = await invocation.openProcesses({ kind: 'stack' }, false);
  const { kind, k6 } = await invocation.bringUpStack(processes);
  invocation.terminal.line(`The ${kind} stack is up, k6 is ${k6}. "dyno down" stops it.`);
}

async function downCommand(invocation: Invocation): Promise<void> {
  const lines = await stackDown(invocation.settings);
  process.stdout.write(lines.length === 0 ? 'Nothing was running.\n' : `${lines.join('\n')}\n`);
}

async function statusCommand(invocation: Invocation, options: { json?: boolean }): Promise<void> {
  const { settings } = invocation;
  const stack = await stackStatus(settings);
  const runs = await unfinishedRuns(settings.results);
  const ablations = await unfinishedRuns(ablationsFolder(settings.results));
  const unreadable = await unreadableRuns(settings.results);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ stack, runs, ablations, unreadable }, null, 2)}\n`);
    return;
  }
  const parts = stack.parts.map(
    ({ title, state, version, pid, ports }) =>
      `  ${title.padEnd(12)} ${state.padEnd(8)} ${[version, pid && `pid ${pid}`, `ports ${ports.join(', ')}`].filter(Boolean).join(', ')}`,
  );
  const lines = [
    `stack (${stack.kind})`,
    ...parts,
    ...(runs.length + unreadable.length > 0 ? ['runs'] : []),
    ...runs.map((run) => runLine(run, 'run')),
    ...unreadable.map(({ runId, why }) => `  ${runId} is unreadable: ${terminalText(why)}`),
    ...(ablations.length > 0 ? ['ablations'] : []),
    ...ablations.map((ablation) => runLine(ablation, 'ablate')),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function runLine({ progress, state }: UnfinishedRun, command: 'run' | 'ablate'): string {
  const { runId, pid } = progress;
  if (state === 'running') return `  ${runId} is under way, ${place(progress)}, process ${pid}`;
  return `  ${runId} was interrupted ${place(progress, 'in ')}: dyno ${command} --resume ${runId}`;
}
