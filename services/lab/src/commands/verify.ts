import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Command } from 'commander';
import { count } from '../format.ts';
import type { Invocation } from '../invocation.ts';
import { terminalText } from '../report/quote.ts';
import { ownVersion } from '../run/environment.ts';
import { named, openStored, refuseUnderWay } from '../run/stored.ts';
import { examples, helpGroups } from './options.ts';

/** More of them say no more. */
const shownMax = 20;

export function registerVerify(dyno: Command, invocation: Invocation): void {
  dyno
    .command('verify')
    .helpGroup(helpGroups.files)
    .description('compute every figure of a run or an ablation again from its raw samples, and compare')
    .argument('[runId]', 'the last run unless said', 'latest')
    .option('--json', 'as JSON')
    .option('-q, --quiet', 'no progress')
    .action(async (runId, options) => verifyCommand(invocation, runId, options))
    .addHelpText('after', examples(['dyno verify', 'dyno verify latest --json']));
}

async function verifyCommand(
  { settings, terminal }: Invocation,
  runId: string,
  { json }: { json?: boolean },
): Promise<void> {
  const stored = await openStored(settings.results, runId);
  await refuseUnderWay(stored);
  const { folder } = stored;
  const { verifyRun } = await import('../verify.ts');
  const version = ownVersion(settings.project);
  const checks = await verifyRun(folder, version);
  const { dyno: measuredBy } = (await folder.read('environment.json')).versions;
  if (measuredBy !== version) {
    terminal.line(
      `Measured by Dyno ${terminalText(measuredBy ?? 'of an unknown version')}, verified by ${version}: figures and verdicts are compared, not the words.`,
    );
  }
  const agrees = checks.every(({ differing }) => differing.length === 0);
  if (!agrees) process.exitCode = exitCodes.invalid;
  if (json) {
    process.stdout.write(`${JSON.stringify({ runId: folder.runId, agrees, checks }, null, 2)}\n`);
    return;
  }
  const lines = checks.flatMap(({ what, compared, differing }) => [
    `${differing.length === 0 ? '✓' : '✕'} ${what.padEnd(14)} ${count(compared)} compared, ${differing.length === 0 ? 'all agree' : `${count(differing.length)} differ`}`,
    ...differing.slice(0, shownMax).map((line) => `    ${terminalText(line)}`),
    ...(differing.length > shownMax ? [`    and ${count(differing.length - shownMax)} more`] : []),
  ]);
  const what = `${named(stored.kind)} ${folder.runId}`;
  const sentence = agrees
    ? `${what} agrees: its figures follow from its raw samples.`
    : `${what} does not agree with its raw samples: its figures prove nothing.`;
  process.stdout.write(`${[...lines, sentence].join('\n')}\n`);
}
