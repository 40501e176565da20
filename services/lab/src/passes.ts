import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Variant } from '@dyno/contracts/experiment';
import { type EvidenceFile, schemaVersion } from '@dyno/contracts/run';
import { collectProfile, profileCommand } from './evidence/profile.ts';
import { keepTraces } from './evidence/traces.ts';
import { cannotTrace, whyUntraced } from './evidence/untraced.ts';
import { type Pass, underLoad } from './run/load.ts';
import type { RoundContext } from './run/round.ts';
import { commandOf } from './run/service.ts';
import type { Session } from './session.ts';

/** Not of the pass: compiling, connecting and the first burst of users. */
const traceWarmupSeconds = 2;
const profileDelayMs = 1_500;

/** The passes behind the measured rounds: they disturb, so nothing is measured in them. What fails is missing, not fatal. */
export async function gatherEvidence(session: Session): Promise<void> {
  const evidence: EvidenceFile = { schemaVersion, traces: [], profiles: [], missing: [] };
  for (const variant of session.variants()) {
    await orMissing(session, evidence, `traces of ${variant.name}`, () =>
      tracePass(session, variant, evidence),
    );
  }
  for (const variant of session.variants()) {
    await orMissing(session, evidence, `flamegraph of ${variant.name}`, async () => {
      const seconds = session.plan.plan.profilePassSeconds;
      if (seconds === 0) return;
      const context = contextOf(session, 'profile', variant);
      evidence.profiles.push(await profilePass(context, variant, seconds, session.folder.path));
    });
  }
  await session.folder.write('evidence.json', evidence);
}

/** Every request sampled, of a fast service so many that its exporter keeps up; Jaeger has them, the run keeps a median and a slow one. */
async function tracePass(session: Session, variant: Variant, evidence: EvidenceFile): Promise<void> {
  const { plan, folder, signal } = session;
  const seconds = plan.plan.tracePassSeconds;
  if (seconds === 0) return;
  const { telemetry } = plan.experiment.service;
  const reason = cannotTrace(telemetry, variant);
  if (reason !== null) {
    tellMissing(session, evidence, [`traces of ${variant.name}: ${reason}`]);
    return;
  }
  const pass = await underLoad(contextOf(session, 'trace', variant), {
    variant,
    pass: 'trace',
    warmupSeconds: traceWarmupSeconds,
    seconds,
    traceSampling: await samplingOf(session, variant),
    logFolder: folder.file('log'),
  });
  const kept = await keepTraces(
    {
      jaegerUrl: session.stack.connections.jaegerUrl,
      service: plan.experiment.service.name,
      runId: plan.runId,
      variant: variant.name,
      round: 'trace',
      startMs: pass.startMs,
      endMs: pass.endMs,
      whyNone: whyUntraced(telemetry, pass.notes),
      // What does not record will not send either, unless it does so by itself.
      ...(pass.notes.some(({ state }) => state === 'traced') ? {} : { patienceMs: 4_000 }),
    },
    folder.path,
    signal,
  );
  evidence.traces.push(...kept.traces);
  tellMissing(session, evidence, kept.missing);
}

/** A service that answers thousands a second sends nothing any more when it has to record them all. */
const tracesPerSecondMax = 300;

async function samplingOf({ folder }: Session, { name }: Variant): Promise<number> {
  const rates = (await folder.rounds())
    .filter((round) => round.variant === name && round.excluded === null)
    .map(({ load, window }) => load.requests / (window.durationMs / 1000));
  return Math.min(1, tracesPerSecondMax / Math.max(1, ...rates));
}

/** One variant under its load with 0x before it; `folder` gets the flamegraph and the folded stacks. */
export async function profilePass(
  context: RoundContext,
  variant: Variant,
  seconds: number,
  folder: string,
): Promise<EvidenceFile['profiles'][number]> {
  const work = join(folder, 'profiles', `.${variant.name}`);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const profiled = profileCommand(commandOf({ service: context.plan.experiment.service, variant }), {
    folder: work,
    title: `${context.plan.experiment.name}: ${variant.name}`,
    delayMs: profileDelayMs,
  });
  const pass: Pass = await underLoad(context, {
    variant,
    pass: 'profile',
    warmupSeconds: 0,
    seconds,
    traceSampling: 0,
    logFolder: join(folder, 'log'),
    ...profiled,
  });
  const kept = await collectProfile(
    { folder: work, variant: variant.name, project: context.project },
    folder,
  );
  return { variant: variant.name, ...kept, requests: pass.requests };
}

function tellMissing(session: Session, evidence: EvidenceFile, lines: readonly string[]): void {
  evidence.missing.push(...lines);
  for (const line of lines) session.edges.onNote(`missing: ${line}`);
}

/** Ctrl-C still ends the run. */
async function orMissing(
  session: Session,
  evidence: EvidenceFile,
  what: string,
  gather: () => Promise<void>,
): Promise<void> {
  try {
    await gather();
  } catch (error) {
    session.signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    const [reason = ''] = error.message.split('\n');
    tellMissing(session, evidence, [`${what}: ${reason}`]);
  }
}

function contextOf(session: Session, pass: 'trace' | 'profile', variant: Variant): RoundContext {
  const { round, block } = session.progress.value;
  const context = session.roundContext({ round, block, variant: variant.name });
  const message = `${pass} pass of ${variant.name}`;
  const names = session.variants().map(({ name }) => name);
  const place = names.indexOf(variant.name) + (pass === 'trace' ? 0 : names.length);
  session.edges.onNote(message);
  return {
    ...context,
    onLive: ({ secondsLeft }) =>
      session.progress.update({
        stage: pass,
        variant: variant.name,
        secondsLeft: (secondsLeft ?? 0) + session.passSecondsFrom(place + 1),
        requestsPerSecond: null,
        latencyMsP95: null,
        message,
      }),
  };
}
