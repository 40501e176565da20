import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Report } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';
import { quoteCalibration } from './calibration.ts';
import { checkDilution } from './dilution.ts';
import { DynoError } from './errors.ts';
import { countingRounds } from './experiment/plan.ts';
import { measureBlocks } from './measure.ts';
import { decideMode } from './mode.ts';
import { measureObserver } from './observer.ts';
import { gatherEvidence } from './passes.ts';
import { assertWhole, metricsFrom } from './remake.ts';
import { reportMarkdown } from './report/reportMarkdown.ts';
import { gatherResponses } from './responses.ts';
import { writeDurably } from './run/durable.ts';
import { takeMeasuringLock } from './run/lock.ts';
import type { RunFolder } from './run/results.ts';
import { makeTimeline } from './samples/timeline.ts';
import { type Edges, type RunRequest, Session } from './session.ts';
import { type Analysis, analyse } from './statistics/analyse.ts';

/** The whole flow. Each stage reads the files of the stages before it and writes its own into the run's folder. */
export async function runExperiment(request: RunRequest, edges: Edges, wait: boolean): Promise<Report> {
  const lock = await takeMeasuringLock({
    home: edges.settings.home,
    wait,
    what: `run of ${nameOf(request)}`,
    signal: edges.signal,
    onWait: (holder) => edges.onNote(`waiting for ${holder}`),
  });
  try {
    const session = await Session.open(request, edges); // plan.json, environment.json
    return await session.carryOut(async () => {
      await session.checkOut(); // worktrees of git refs
      await decideMode(session); // plan.json
      await quoteCalibration(session, edges.settings.home); // calibration.json
      await gatherResponses(session); // responses.json
      await measureBlocks(session); // samples/, rounds.ndjson, metrics.json, timeline.json
      await checkDilution(session); // dilution.json
      await gatherEvidence(session); // traces/, profiles/, evidence.json
      await measureObserver(session); // observer.json
      return makeReport(session.folder); // report.json, report.md
    });
  } finally {
    await lock.release();
  }
}

function nameOf(request: RunRequest): string {
  if (request.kind === 'resume') return request.runId;
  return typeof request.experiment === 'string' ? request.experiment : request.experiment.file;
}

/** Everything behind the raw samples once more, from the files alone. */
export async function remakeReport(folder: RunFolder): Promise<Report> {
  await assertWhole(folder);
  await folder.write('metrics.json', await metricsFrom(folder));
  await drawTimeline(folder);
  return makeReport(folder);
}

async function drawTimeline(folder: RunFolder): Promise<void> {
  const rounds = countingRounds(await folder.read('plan.json'), await folder.rounds());
  await folder.write('timeline.json', await makeTimeline(folder.path, rounds));
}

async function makeReport(folder: RunFolder): Promise<Report> {
  const report = analyse(await analysisOf(folder));
  await folder.write('report.json', report);
  await writeDurably(folder.file('report.md'), reportMarkdown(report));
  return report;
}

/** Everything that the verdict of a run is made from, as its files have it. */
export async function analysisOf(folder: RunFolder): Promise<Analysis> {
  const metrics = await folder.read('metrics.json');
  if (metrics.rounds.length === 0) {
    throw new DynoError(
      `Run ${folder.runId} has no complete block yet: go on with "dyno run --resume ${folder.runId}".`,
      exitCodes.invalid,
    );
  }
  const plan = await folder.read('plan.json');
  const rounds = await folder.rounds();
  return {
    plan,
    metrics,
    rounds,
    environment: await folder.read('environment.json'),
    calibration: folder.has('calibration.json') ? await folder.read('calibration.json') : null,
    responses: folder.has('responses.json') ? await folder.read('responses.json') : null,
    observer: folder.has('observer.json') ? await folder.read('observer.json') : null,
    dilution: folder.has('dilution.json') ? await folder.read('dilution.json') : null,
    telemetryDropped: droppedOver(countingRounds(plan, rounds)),
  };
}

/** Null where nobody counted in any of them. */
function droppedOver(rounds: readonly Round[]): number | null {
  const counts = rounds.flatMap(({ telemetryDropped }) => telemetryDropped ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}
