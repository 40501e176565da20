import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { edgesOf } from './measure.ts';
import { count, examples, helpGroups, seconds } from './options.ts';

export function registerProfile(dyno: Command, invocation: Invocation): void {
  dyno
    .command('profile')
    .helpGroup(helpGroups.measure)
    .description('a flamegraph of one variant under the load of its experiment')
    .argument('<experiment>', 'path of an experiment file, or its name in experiments/')
    .requiredOption('--variant <name>', 'baseline or candidate, by its name')
    .option('--duration <seconds>', 'how long to look', seconds)
    .option('--vus <count>', 'virtual users', count)
    .option('-o, --output <folder>', 'where to put it')
    .option('--wait', 'wait for another measurement on this machine to end')
    .option('-q, --quiet', 'no progress')
    .action(async (experiment, options) => profileCommand(invocation, experiment, options))
    .addHelpText('after', examples(['dyno profile products --variant naive --duration 10']));
}

async function profileCommand(
  invocation: Invocation,
  experiment: string,
  options: { variant: string; duration?: number; vus?: number; output?: string; wait?: boolean },
): Promise<void> {
  const { profileAlone } = await import('../profile.ts');
  const profile = await profileAlone(
    {
      experiment,
      variant: options.variant,
      seconds: options.duration,
      vus: options.vus,
      output: options.output ?? null,
      wait: options.wait === true,
    },
    edgesOf(invocation),
  );
  process.stdout.write(`${profile.flamegraph}\n${profile.folded}\n`);
}
