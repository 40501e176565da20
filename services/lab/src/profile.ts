import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadExperiment } from './experiment/load.ts';
import { makePlan } from './experiment/plan.ts';
import { profilePass } from './passes.ts';
import { takeMeasuringLock } from './run/lock.ts';
import { Processes } from './run/processes.ts';
import { newRunId } from './run/results.ts';
import { type Edges, roundContext, variantOf } from './session.ts';

export interface ProfileRequest {
  experiment: string;
  variant: string;
  seconds: number | undefined;
  vus: number | undefined;
  /** Null is a new folder of its own. */
  output: string | null;
  wait: boolean;
}

/** The profile pass alone: no run, no rounds. Absolute paths come back. */
export async function profileAlone(
  request: ProfileRequest,
  edges: Edges,
): Promise<{ flamegraph: string; folded: string }> {
  const { settings } = edges;
  const loaded = await loadExperiment(request.experiment, settings.project);
  const candidate = loaded.experiment.candidates.find(({ name }) => name === request.variant)?.name;
  const runId = `profile-${newRunId(loaded.experiment.name, new Date())}`;
  const decided = { runId, createdAt: new Date().toISOString(), seed: 0, hashes: {} };
  const plan = makePlan(loaded, { candidate, vus: request.vus }, decided);
  const variant = variantOf(plan, request.variant);
  const folder = request.output ? resolve(request.output) : join(settings.home, 'profiles', runId);
  const lock = await takeMeasuringLock({
    home: settings.home,
    wait: request.wait,
    what: `profile of ${variant.name}`,
    signal: edges.signal,
    onWait: (holder) => edges.onNote(`waiting for ${holder}`),
  });
  try {
    const stack = await edges.bringUpStack();
    const processes = await Processes.open({
      home: settings.home,
      owner: { kind: 'run', runId },
      reap: true,
    });
    try {
      await mkdir(folder, { recursive: true });
      edges.onNote(`profile pass of ${variant.name}`);
      const context = roundContext({ plan, edges, processes, stack: () => stack, onLive: () => {} });
      const seconds = request.seconds ?? plan.plan.profilePassSeconds;
      const kept = await profilePass(context, variant, Math.max(1, seconds), folder);
      return { flamegraph: join(folder, kept.flamegraph), folded: join(folder, kept.folded) };
    } finally {
      await processes.close();
    }
  } finally {
    await lock.release();
  }
}
