import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type ProfileSession, profileSessionSchema } from '@dyno/contracts/profileSession';
import { type PlanFile, runIdSchema, schemaVersion } from '@dyno/contracts/run';
import { loadExperiment } from './experiment/load.ts';
import { makePlan } from './experiment/plan.ts';
import { profilePass } from './passes.ts';
import { writeDurably } from './run/durable.ts';
import { takeMeasuringLock } from './run/lock.ts';
import { Processes } from './run/processes.ts';
import { makeResults, newRunId } from './run/results.ts';
import { type Edges, roundContext, stackNeeds, variantOf } from './session.ts';

export interface ProfileRequest {
  experiment: string;
  variant: string;
  seconds: number | undefined;
  vus: number | undefined;
  /** Null is a new folder in `results/profiles`, where the dashboard lists it. */
  output: string | null;
  wait: boolean;
}

/** Sessions stand beside the runs; no run has this name, because a run's begins with its date. */
const sessionsFolder = 'profiles';

/** The profile pass alone: no run, no rounds. Absolute paths come back. */
export async function profileAlone(
  request: ProfileRequest,
  edges: Edges,
): Promise<{ flamegraph: string; folded: string }> {
  const { settings } = edges;
  const loaded = await loadExperiment(request.experiment, settings.project);
  const variant = variantOf(loaded, request.variant);
  const candidate = loaded.experiment.candidates.find(({ name }) => name === variant.name)?.name;
  const now = new Date();
  const id = newRunId(loaded.experiment.name, now);
  const runId = `profile-${id}`;
  const decided = { runId, createdAt: now.toISOString(), seed: 0, hashes: {} };
  const plan = makePlan(loaded, { candidate, vus: request.vus }, decided);
  const folder = request.output ? resolve(request.output) : join(settings.results, sessionsFolder, id);
  const lock = await takeMeasuringLock({
    home: settings.home,
    wait: request.wait,
    what: `profile of ${variant.name}`,
    signal: edges.signal,
    onWait: (holder) => edges.onNote(`waiting for ${holder}`),
  });
  try {
    // Nothing is traced here, whatever the plan's run would do.
    const stack = await edges.bringUpStack(
      stackNeeds({ ...plan, plan: { ...plan.plan, tracePassSeconds: 0 } }),
    );
    const processes = await Processes.open({
      home: settings.home,
      owner: { kind: 'run', runId },
      reap: true,
    });
    try {
      await makeResults(settings.results);
      await mkdir(folder, { recursive: true });
      edges.onNote(`profile pass of ${variant.name}`);
      const context = roundContext({ plan, edges, processes, stack: () => stack, onLive: () => {} });
      const seconds = request.seconds ?? plan.plan.profilePassSeconds;
      const kept = await profilePass(context, variant, Math.max(1, seconds), folder);
      const session = sessionOf(plan, variant, { ...kept, seconds: Math.max(1, seconds) }, folder);
      // Last: a folder without it was cut off, and is not listed.
      await writeDurably(join(folder, 'session.json'), `${JSON.stringify(session, null, 1)}\n`);
      return { flamegraph: join(folder, kept.flamegraph), folded: join(folder, kept.folded) };
    } finally {
      await processes.close();
    }
  } finally {
    await lock.release();
  }
}

function sessionOf(
  { runId, createdAt, experiment, experimentFile }: PlanFile,
  variant: { name: string; title: string },
  kept: Pick<ProfileSession, 'seconds' | 'samples' | 'requests' | 'flamegraph' | 'folded'>,
  folder: string,
): ProfileSession {
  const named = runIdSchema.safeParse(basename(folder));
  const { seconds, samples, requests, flamegraph, folded } = kept;
  return profileSessionSchema.parse({
    schemaVersion,
    id: named.success ? named.data : runId,
    createdAt,
    experiment: experiment.name,
    experimentFile,
    title: experiment.title,
    service: experiment.service.name,
    variant: variant.name,
    variantTitle: variant.title,
    vus: experiment.load.vus,
    ratePerSecond: experiment.load.ratePerSecond ?? null,
    seconds,
    samples,
    requests,
    flamegraph,
    folded,
  });
}
