import type { ExperimentList, ListedExperiment, ListedPlan } from '@dyno/contracts/experimentList';
import { metricCatalogue } from '@dyno/contracts/metrics';
import type { Command } from 'commander';
import { listExperiments } from '../experiment/list.ts';
import { detectable, duration, plural } from '../format.ts';
import type { Invocation } from '../invocation.ts';
import { terminalText } from '../report/quote.ts';
import { examples, helpGroups } from './options.ts';

export function registerExperiments(dyno: Command, invocation: Invocation): void {
  dyno
    .command('experiments')
    .helpGroup(helpGroups.read)
    .description('what can be measured: experiments, their variants and plans, and how long each takes')
    .option('--json', 'as JSON')
    .action(async (options) => experimentsCommand(invocation, options))
    .addHelpText('after', examples(['dyno experiments', 'dyno experiments --json']));
}

async function experimentsCommand({ settings }: Invocation, options: { json?: boolean }): Promise<void> {
  const list = await listExperiments(settings.project, settings.home);
  process.stdout.write(options.json ? `${JSON.stringify(list, null, 2)}\n` : textOf(list));
}

function textOf({ experiments, problems }: ExperimentList): string {
  const broken = problems.map(({ file, message }) => `${file} cannot be read: ${terminalText(message)}`);
  const none =
    experiments.length + broken.length === 0
      ? ['There is no experiment in experiments/: "dyno init" writes one.']
      : [];
  return `${[...experiments.map(paragraph), ...broken, ...none].join('\n\n')}\n`;
}

function paragraph(experiment: ListedExperiment): string {
  const { key, title, baseline, candidates, load, primary, isolatedBecause } = experiment;
  const requests = load.scenario ?? load.requests.join(', ');
  const rate = load.ratePerSecond === null ? '' : `, ${load.ratePerSecond}/s`;
  return [
    `${key}  ${terminalText(title)}`,
    `  variants   ${baseline.name} → ${candidates.map(({ name }) => name).join(', ')}`,
    `  load       ${terminalText(requests)}, ${plural(load.vus, 'virtual user')}${rate}`,
    `  decided by ${metricCatalogue[primary].title}`,
    ...(isolatedBecause === null ? [] : [`  isolated   ${terminalText(isolatedBecause)}`]),
    ...experiment.plans.map((plan, index) => planLine(experiment, plan, index === 0)),
  ].join('\n');
}

function planLine({ key, isolatedBecause }: ListedExperiment, listed: ListedPlan, isFirst: boolean): string {
  const { name, plan, duration: takes, sensitivity } = listed;
  const least = isolatedBecause || plan.mode === 'isolated' ? takes.isolated : takes.fine;
  const most = plan.mode === 'fine' ? takes.fine : takes.isolated;
  const [seen] = sensitivity;
  const effect = seen?.detectable.find(({ blocks }) => blocks === plan.blocks.max)?.effect;
  const sees =
    effect === undefined ? '' : `, could see ${detectable(effect)} (${seen?.mode} mode, as calibrated)`;
  return [
    `  dyno run ${key}${isFirst ? '' : ` --plan ${name}`}`,
    `    ${plan.blocks.min} to ${plan.blocks.max} blocks with windows of ${plan.windowSeconds} s, ${duration(least.leastSeconds)} to ${duration(most.mostSeconds)}${sees}`,
  ].join('\n');
}
