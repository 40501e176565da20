import type { Ablation } from '@dyno/contracts/ablation';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { PlanFile, Round } from '@dyno/contracts/run';
import { DynoError } from './errors.ts';
import { ablationOf, confirmationRounds, withConfirmation } from './experiment/ablationPlan.ts';
import { overheadSeconds } from './experiment/duration.ts';
import { countingRounds } from './experiment/plan.ts';
import { count, duration, firstLine } from './format.ts';
import { type BeforeRound, measureEveryBlock } from './measure.ts';
import { assertWhole, metricsFrom } from './remake.ts';
import { ablationMarkdown } from './report/ablationMarkdown.ts';
import { gatherResponses } from './responses.ts';
import { resumeCommand } from './resume.ts';
import { writeDurably } from './run/durable.ts';
import { takeMeasuringLock } from './run/lock.ts';
import { ablationsFolder, type RunFolder } from './run/results.ts';
import { type Edges, type RunRequest, Session } from './session.ts';
import { type AblationFiles, analyseAblation, rankedFactors } from './statistics/ablation.ts';

/** The whole flow of `dyno ablate`; each stage reads the files of the ones before it, below `results/ablations/<id>/`. */
export async function runAblation(request: RunRequest, edges: Edges, wait: boolean): Promise<Ablation> {
  const { settings } = edges;
  const lock = await takeMeasuringLock({
    home: settings.home,
    wait,
    what: request.kind === 'resume' ? `ablation ${request.runId}` : 'an ablation',
    signal: edges.signal,
    onWait: (holder) => edges.onNote(`waiting for ${holder}`),
  });
  try {
    const beside = { ...edges, settings: { ...settings, results: ablationsFolder(settings.results) } };
    const session = await Session.open(request, beside); // plan.json, environment.json
    edges.onNote(planned(session.plan, await session.folder.rounds()));
    return await session.carryOut(async () => {
      await gatherResponses(session); // responses.json
      const fresh = () => forgetAnswers(session);
      await measureEveryBlock(session, fresh); // samples/, rounds.ndjson, metrics.json
      await planConfirmation(session); // plan.json
      await measureEveryBlock(session, fresh);
      return makeAblation(session.folder); // ablation.json, ablation.md
    });
  } finally {
    await lock.release();
  }
}

/** What lies ahead, so that nobody wonders how long it goes on. */
function planned(plan: PlanFile, measured: readonly Round[]): string {
  const { factors } = ablationOf(plan);
  const { warmupSeconds, windowSeconds, blocks } = plan.plan;
  const rounds =
    plan.order.flat().length + (blocks.max - plan.order.length) * confirmationRounds(factors.length);
  const left = rounds - countingRounds(plan, measured).length;
  const seconds = left * (warmupSeconds + windowSeconds + overheadSeconds);
  return `${count(factors.length)} switches or groups, ${count(left)} of ${count(rounds)} rounds to go, about ${duration(seconds)}`;
}

/**
 * What Redis keeps of one combination would serve the next one that has a cache, or not, by how long ago it was: chance,
 * and no worth of a switch. So each round begins without.
 */
async function forgetAnswers({ plan, stack, edges }: Session): ReturnType<BeforeRound> {
  if (!plan.experiment.service.needs.includes('redis')) return {};
  const { flushRedis, withRedis } = await import('./caches/redisCaches.ts');
  try {
    await withRedis(stack.connections.redisUrl, flushRedis);
    return { redisEmptied: true };
  } catch (error) {
    // Where it is dead the round finds out, and the stack is mended; where it only refuses, nobody else would say so.
    const why = firstLine(error instanceof Error ? error.message : String(error));
    edges.onNote(
      `Redis was not emptied before this round, answers of the one before may still be in it: ${why}`,
    );
    return { redisEmptied: false };
  }
}

/** Those that the design says are worth most. */
async function planConfirmation(session: Session): Promise<void> {
  const { plan, folder } = session;
  if (ablationOf(plan).confirmed !== null) return;
  const ranked = rankedFactors({ plan, metrics: await folder.read('metrics.json') });
  const decided = withConfirmation(plan, ranked);
  await folder.writePlan(decided);
  session.plan = decided;
  session.edges.onNote(`confirming ${ablationOf(decided).confirmed?.join(', ')}`);
}

/** Everything behind the raw samples once more, from the files alone. */
export async function remakeAblation(folder: RunFolder): Promise<Ablation> {
  await allBlocksOf(folder);
  await assertWhole(folder);
  await folder.write('metrics.json', await metricsFrom(folder));
  return makeAblation(folder);
}

/** From the files alone. */
export async function makeAblation(folder: RunFolder): Promise<Ablation> {
  const ablation = analyseAblation(await ablationFilesOf(folder));
  await folder.write('ablation.json', ablation);
  await writeDurably(folder.file('ablation.md'), ablationMarkdown(ablation));
  return ablation;
}

/** Everything that its answer is made from. */
export async function ablationFilesOf(folder: RunFolder): Promise<AblationFiles> {
  return {
    ...(await allBlocksOf(folder)),
    metrics: await folder.read('metrics.json'),
    responses: folder.has('responses.json') ? await folder.read('responses.json') : null,
    environment: await folder.read('environment.json'),
  };
}

/** Refused while some are missing. */
async function allBlocksOf(folder: RunFolder): Promise<{ plan: PlanFile; rounds: Round[] }> {
  const plan = await folder.read('plan.json');
  const { blocks, confirmed } = ablationOf(plan);
  const rounds = await folder.rounds();
  const whole = new Set(countingRounds(plan, rounds).map(({ block }) => block)).size;
  if (confirmed !== null && whole === blocks.length) return { plan, rounds };
  throw new DynoError(
    `Ablation ${plan.runId} has ${whole} of ${plan.plan.blocks.max} blocks: go on with "${resumeCommand(plan)}".`,
    exitCodes.invalid,
  );
}
