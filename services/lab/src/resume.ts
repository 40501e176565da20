import { exitCodes } from '@dyno/contracts/exitCodes';
import type { EnvironmentFile, PlanFile } from '@dyno/contracts/run';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from './errors.ts';
import { hashesOf } from './experiment/hashes.ts';
import { countingRounds } from './experiment/plan.ts';
import { withSecrets } from './experiment/secrets.ts';
import { RunFolder } from './run/results.ts';
import { named } from './run/stored.ts';

export interface ResumedRun {
  kind: 'resume';
  runId: string;
  /** Secrets of its variants that the environment does not have; one name several times where the variants differ. */
  given?: readonly Record<string, string>[];
}

/** How one goes on with a run that was stopped. */
export function resumeCommand({ runId, ablation }: Pick<PlanFile, 'runId' | 'ablation'>): string {
  return `dyno ${ablation ? 'ablate' : 'run'} --resume ${runId}`;
}

/** Refused where it is finished, or where other files than these were measured. */
export async function readStoredRun(
  { runId, given = [] }: ResumedRun,
  { settings, onNote }: { settings: Settings; onNote(line: string): void },
): Promise<{ plan: PlanFile; folder: RunFolder; environment: EnvironmentFile }> {
  const folder = await RunFolder.open(settings.results, runId);
  const stored = await folder.read('plan.json');
  const environment = await folder.read('environment.json');
  const { scenario } = stored.experiment.load;
  const hashes = hashesOf(settings.project, { experimentFile: stored.experimentFile, scenario });
  const files = [...new Set([...Object.keys(stored.hashes), ...Object.keys(hashes)])];
  refuseIncomparable(
    stored,
    files.filter((file) => stored.hashes[file] !== hashes[file]).map((file) => `${file} has changed`),
  );
  await excludeDamaged(stored, folder, onNote);
  await refuseFinished(stored, folder);
  const plan = await withSecrets(stored, {
    given,
    project: settings.project,
    again: `Set it in the environment, or say it again: ${resumeCommand(stored)} --set KEY=value`,
  });
  return { plan, folder, environment };
}

/** More reasons than fit below their heading at the end of a log say no more. */
const reasonsAtMost = 8;

export function refuseIncomparable(plan: PlanFile, reasons: string[]): void {
  if (reasons.length === 0) return;
  const more = reasons.length - reasonsAtMost;
  const lines = reasons.slice(0, reasonsAtMost).map((reason) => `  ${reason}`);
  if (more > 0) lines.push(`  and ${more} more`);
  const kind = plan.ablation ? 'ablation' : 'run';
  throw new DynoError(
    `${named(kind)} ${plan.runId} cannot go on, its rounds would not be comparable:\n${lines.join('\n')}\nUndo that, or start a new ${kind}.`,
    exitCodes.usage,
  );
}

/** Its passes would be made again and its report replaced, for nothing. */
async function refuseFinished(plan: PlanFile, folder: RunFolder): Promise<void> {
  await refuseFinishedAblation(plan, folder);
  if (!folder.has('report.json') || !folder.has('progress.json')) return;
  const { state } = await folder.read('progress.json');
  const blocks = new Set(countingRounds(plan, await folder.rounds()).map(({ block }) => block)).size;
  const { blocks: reported } = await folder.read('report.json');
  if (state !== 'finished' || blocks < reported) return;
  throw new DynoError(
    `Run ${plan.runId} is finished, there is nothing to go on with: "dyno report ${plan.runId}" shows it.`,
    exitCodes.usage,
  );
}

/** Where samples of its rounds are damaged there is something to go on with: their blocks are measured again. */
export async function refuseFinishedAblation(plan: PlanFile, folder: RunFolder): Promise<void> {
  if (!folder.has('ablation.json')) return;
  if ((await folder.damaged(countingRounds(plan, await folder.rounds()))).size > 0) return;
  const counted = new Set(countingRounds(plan, await folder.rounds()).map(({ block }) => block)).size;
  if (counted < plan.order.length) return;
  throw new DynoError(
    `Ablation ${folder.runId} is finished, there is nothing to go on with: "dyno report ${folder.runId}" shows it.`,
    exitCodes.usage,
  );
}

/** What is on the disk must be what was measured: a damaged round does not count, and its block is measured again. */
async function excludeDamaged(
  plan: PlanFile,
  folder: RunFolder,
  onNote: (line: string) => void,
): Promise<void> {
  const rounds = await folder.rounds();
  const damaged = await folder.damaged(countingRounds(plan, rounds));
  if (damaged.size === 0) return;
  for (const [round, file] of damaged) onNote(`round ${round} is measured again: ${file} is damaged`);
  const lines = rounds.map((round) => {
    const file = damaged.get(round.round);
    return file
      ? { ...round, excluded: { cause: 'damaged', detail: `${file} is not what was measured` } }
      : round;
  });
  await folder.writeRounds(lines);
}
