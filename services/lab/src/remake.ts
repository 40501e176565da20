import { existsSync } from 'node:fs';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { type RoundMetrics, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from './errors.ts';
import { countingRounds } from './experiment/plan.ts';
import { resumeCommand } from './resume.ts';
import { manifestName, type RunFolder } from './run/results.ts';
import { metricsOfRound } from './samples/metrics.ts';

/** Before anything is written again: what reads the samples would only say which byte it does not understand. */
export async function assertWhole(folder: RunFolder): Promise<void> {
  const plan = await folder.read('plan.json');
  const [first] = await folder.damaged(countingRounds(plan, await folder.rounds()));
  if (!first) return;
  const [round, file] = first;
  const wayOut = existsSync(folder.file(manifestName))
    ? 'import it again'
    : `"${resumeCommand(plan)}" measures its block again`;
  throw new DynoError(
    `The report of ${plan.ablation ? 'ablation' : 'run'} ${folder.runId} cannot be made again: ${folder.file(file)} of round ${round} is damaged or missing, it is not what was measured; ${wayOut}.`,
    exitCodes.invalid,
  );
}

/** Every figure of every round that counts, from its samples. */
export async function metricsFrom(folder: RunFolder): Promise<RoundMetrics> {
  const rounds = countingRounds(await folder.read('plan.json'), await folder.rounds());
  const values = [];
  for (const round of rounds) values.push(await metricsOfRound(folder.path, round));
  return { schemaVersion, rounds: values };
}
