import { existsSync } from 'node:fs';
import { bundlePathSchema } from '@dyno/contracts/bundle';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from './errors.ts';
import type { RunFolder } from './run/results.ts';
import { roundFiles } from './run/roundFiles.ts';

const readLater = [
  'metrics.json',
  'timeline.json',
  'evidence.json',
  'calibration.json',
  'responses.json',
  'observer.json',
  'dilution.json',
] as const;

/** Each file is what its name says, and they belong together; whether the figures are right is what `verify` says. */
export async function checkImported(folder: RunFolder, file: string): Promise<void> {
  const refuse = (why: string): never => {
    throw new DynoError(`${file} was not imported: ${why}.`, exitCodes.invalid);
  };
  if (!folder.has('plan.json') || !folder.has('environment.json')) {
    refuse('it has no plan.json and environment.json');
  }
  const { runId } = await folder.read('plan.json');
  if (runId !== folder.runId) refuse(`its plan is of another run, ${runId}`);
  await folder.read('environment.json');
  for (const name of readLater) if (folder.has(name)) await folder.read(name);
  if (folder.has('report.json')) {
    const report = await folder.read('report.json');
    if (report.runId !== folder.runId) refuse(`its report is of another run, ${report.runId}`);
  }
  if (folder.has('ablation.json')) {
    const ablation = await folder.read('ablation.json');
    if (ablation.runId !== folder.runId) refuse(`its answer is of another ablation, ${ablation.runId}`);
  }
  if (folder.has('progress.json') && (await folder.read('progress.json')).state === 'running') {
    refuse('it was exported while it was under way');
  }
  const named = await filesNamedIn(folder);
  const outside = named.find((path) => !bundlePathSchema.safeParse(path).success);
  if (outside !== undefined)
    refuse(`it names a file that cannot be its own, ${JSON.stringify(outside.slice(0, 100))}`);
  for (const one of await folder.rounds()) {
    const { round, excluded } = one;
    const lost = roundFiles(one).find(({ file: path }) => !existsSync(folder.file(path)));
    if (lost && !excluded) refuse(`the samples of round ${round} are missing (${lost.file})`);
  }
}

/** What later commands will open because a file of the run says so. */
async function filesNamedIn(folder: RunFolder): Promise<string[]> {
  const rounds = await folder.rounds();
  const evidence = folder.has('evidence.json') ? await folder.read('evidence.json') : null;
  return [
    ...rounds.flatMap(roundFiles).map(({ file }) => file),
    ...(evidence?.traces ?? []).map(({ file }) => file),
    ...(evidence?.profiles ?? []).flatMap(({ flamegraph, folded }) => [flamegraph, folded]),
  ];
}
