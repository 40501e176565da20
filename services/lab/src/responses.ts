import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Variant } from '@dyno/contracts/experiment';
import { DynoError } from './errors.ts';
import { startGenerators } from './run/generators.ts';
import { removeSamples } from './run/k6.ts';
import { failWhenAborted } from './run/lost.ts';
import { type RecordedRequest, startRecorder } from './run/recorder.ts';
import {
  type AnswerPairs,
  askTwice,
  compareAnswers,
  comparedMax,
  listedRequests,
  replayable,
} from './run/responses.ts';
import { messageOf } from './run/script.ts';
import { type Service, startService } from './run/service.ts';
import type { Session } from './session.ts';

/** A script's requests are noted for that long from the first one on. */
const recordingMs = 1_500;
/** A script that has asked nothing by then asks somebody else, or nobody. */
const firstRequestMs = 15_000;

/**
 * The load's own requests to one variant after the other, before the first round: a variant that is fast because it
 * answers something else must not win. One at a time, so that neither can see what the other did.
 */
export async function gatherResponses(session: Session): Promise<void> {
  const { plan, folder } = session;
  if (folder.has('responses.json')) return;
  const [baseline, candidate] = session.variants();
  if (!baseline || !candidate) return;
  session.edges.onNote('asking both variants the same requests');
  session.progress.update({ message: 'Asking both variants the same requests.' });
  const recorded = { requests: [] as RecordedRequest[] };
  const ofBaseline = await withService(session, baseline, async (service) => {
    recorded.requests = await requestsOf(session, baseline, service);
    return askTwice(service.baseUrl, replayable(recorded.requests), session.signal);
  });
  const ofCandidate: AnswerPairs = await withService(session, candidate, (service) =>
    askTwice(service.baseUrl, replayable(recorded.requests), session.signal),
  );
  const answers = { baseline: ofBaseline, candidate: ofCandidate };
  await folder.write('responses.json', compareAnswers(plan.experiment, recorded.requests, answers));
}

async function withService<T>(
  session: Session,
  variant: Variant,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const { plan, folder } = session;
  const context = session.roundContext({ round: 0, block: 0, variant: variant.name });
  const service = await startService(
    context.processes,
    {
      project: context.project,
      service: plan.experiment.service,
      variant,
      port: context.port,
      tlsPort: context.tlsPorts?.[0],
      connections: context.connections,
      runId: plan.runId,
      round: 'responses',
      logFile: folder.file('log', `responses-${variant.name}-service.log`),
    },
    session.signal,
  );
  try {
    return await work(service);
  } finally {
    await service.child?.stop();
  }
}

async function requestsOf(session: Session, variant: Variant, service: Service): Promise<RecordedRequest[]> {
  const { load } = session.plan.experiment;
  return load.requests ? listedRequests(load) : record(session, variant, service);
}

/** The script runs for a moment against a proxy of ours in front of the service. */
async function record(session: Session, variant: Variant, service: Service): Promise<RecordedRequest[]> {
  const { plan, folder } = session;
  const context = session.roundContext({ round: 0, block: 0, variant: variant.name });
  const recorder = await startRecorder(service.baseUrl, comparedMax);
  const csvFile = folder.file('log', 'responses.csv');
  // Of a go that was cut off: its errors are no news.
  await rm(folder.file('log', 'responses-k6.log'), { force: true });
  try {
    const { children, tails } = await startGenerators(context.processes, {
      project: context.project,
      k6: context.k6,
      load: plan.experiment.load,
      durationSeconds: (firstRequestMs + recordingMs) / 1000,
      neededSeconds: plan.plan.warmupSeconds + plan.plan.windowSeconds,
      traceSampling: 0,
      drawSeed: plan.seed,
      logFolder: folder.file('log'),
      targets: [{ variant: variant.name, baseUrl: recorder.baseUrl, csvFile, name: 'responses' }],
    });
    const ended = Promise.all(children.map(({ exited }) => exited));
    const over = new AbortController();
    const [k6] = children;
    let saidBefore = 0;
    try {
      const aborted = failWhenAborted(session.signal);
      await Promise.race([untilRecorded(recorder, over.signal), ended, aborted]);
      if (k6) saidBefore = (await stat(k6.logFile)).size;
    } finally {
      over.abort();
      await Promise.all(children.map((child) => child.stop()));
      await Promise.all(tails.map((tail) => tail.close()));
    }
    const why = k6 ? await firstError(k6.logFile, saidBefore) : null;
    if (recorder.requests.length === 0) throw nothingAsked(plan.experiment.load.scenario, why);
    if (why !== null) session.edges.onNote(`k6 says: ${why}`);
    return recorder.requests;
  } finally {
    await recorder.close();
    await removeSamples(csvFile);
  }
}

async function untilRecorded(recorder: { requests: RecordedRequest[] }, signal: AbortSignal): Promise<void> {
  const begin = performance.now();
  let first: number | null = null;
  for (;;) {
    const now = performance.now();
    if (first === null && recorder.requests.length > 0) first = now;
    if (recorder.requests.length >= comparedMax) return;
    if (first === null ? now - begin > firstRequestMs : now - first > recordingMs) return;
    await pause(50, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}

/** A script that throws in every iteration writes megabytes of the same; the beginning is enough. */
async function firstError(logFile: string, saidBefore: number): Promise<string | null> {
  const file = await open(logFile, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
    const stop = Math.min(saidBefore, bytesRead);
    // That we ended it, and its Chromium with it, is no news.
    return (
      messageOf(buffer.toString('utf8', 0, stop)) ??
      messageOf(
        buffer
          .toString('utf8', stop, bytesRead)
          .split('\n')
          .filter((line) => !line.includes('test run was aborted') && !line.includes(' source=browser'))
          .join('\n'),
      )
    );
  } finally {
    await file.close();
  }
}

function nothingAsked(script: string | undefined, why: string | null): DynoError {
  return new DynoError(
    `${script} makes no request to the service: it must take the address from the environment, for example http.get(\`\${__ENV.BASE_URL}/products\`).${why ? ` k6 says: ${why}` : ''}`,
  );
}
