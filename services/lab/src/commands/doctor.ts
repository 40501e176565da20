import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { examples, helpGroups } from './options.ts';

export function registerDoctor(dyno: Command, invocation: Invocation): void {
  dyno
    .command('doctor')
    .helpGroup(helpGroups.machine)
    .description('what this machine has and lacks, and the way out')
    .action(async () => doctorCommand(invocation))
    .addHelpText('after', examples(['dyno doctor']));
}

async function doctorCommand(invocation: Invocation): Promise<void> {
  const { doctor } = await import('../stack/doctor.ts');
  const findings = await doctor(invocation.settings);
  const marks = { good: 'ok', doubtful: '?', bad: 'no' };
  for (const { what, state, detail } of findings) {
    process.stdout.write(`${marks[state].padEnd(3)} ${what.padEnd(14)} ${detail}\n`);
  }
  if (findings.some(({ state }) => state === 'bad')) process.exitCode = exitCodes.usage;
}
