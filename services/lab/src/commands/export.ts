import type { Command } from 'commander';
import { bytes, plural } from '../format.ts';
import type { Invocation } from '../invocation.ts';
import { openStored, refuseUnderWay } from '../run/stored.ts';
import { examples, helpGroups } from './options.ts';

/** export, import. */
export function registerExport(dyno: Command, invocation: Invocation): void {
  dyno
    .command('export')
    .helpGroup(helpGroups.files)
    .description('a run or an ablation as one file, with the hash of everything in it')
    .argument('[runId]', 'the last run unless said', 'latest')
    .option('-o, --output <file>', '<runId>.tar.gz unless said')
    .option('--logs', 'with what the services printed, which may hold secrets')
    .option('-q, --quiet', 'only errors')
    .action(async (runId, options) => exportCommand(invocation, runId, options))
    .addHelpText('after', examples(['dyno export', 'dyno export latest -o evidence.tar.gz']));
  dyno
    .command('import')
    .helpGroup(helpGroups.files)
    .description('what somebody has exported: every path, size and hash is checked')
    .argument('<file>', 'what "dyno export" has written')
    .option('-q, --quiet', 'only errors')
    .action(async (file) => importCommand(invocation, file))
    .addHelpText(
      'after',
      examples(['dyno import evidence.tar.gz', 'dyno verify $(dyno import evidence.tar.gz)']),
    );
}

async function exportCommand(
  { settings, terminal }: Invocation,
  runId: string,
  { output, logs = false }: { output?: string; logs?: boolean },
): Promise<void> {
  const stored = await openStored(settings.results, runId);
  await refuseUnderWay(stored);
  const { folder } = stored;
  const { exportRun } = await import('../exportRun.ts');
  const file = output ?? `${folder.runId}.tar.gz`;
  const { files } = await exportRun(folder, file, { logs });
  const total = files.reduce((sum, one) => sum + one.bytes, 0);
  terminal.line(`${plural(files.length, 'file')}, ${bytes(total)}${logs ? '' : '; without logs'}`);
  process.stdout.write(`${file}\n`);
}

async function importCommand({ settings, terminal }: Invocation, file: string): Promise<void> {
  const { importRun } = await import('../importRun.ts');
  const folder = await importRun(settings.results, file);
  terminal.line(
    `Its files are what was exported. Whether its figures follow from them: dyno verify ${folder.runId}`,
  );
  process.stdout.write(`${folder.runId}\n`);
}
