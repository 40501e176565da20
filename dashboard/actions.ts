import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { newProfileSchema, newRunSchema, resumeSchema, stopSchema } from '@dyno/contracts/actions';
import type { JobFile } from '@dyno/contracts/job';
import { runIdSchema } from '@dyno/contracts/run';
import { measurementUnderWay } from '@dyno/lab/lock';
import type { z } from 'zod';
import { refuse } from './files.ts';
import { pathOf } from './gate.ts';
import { readExperimentList } from './lib/experimentList.ts';
import { interrupt, livingJobs, readJob, stampOf, startJob, startTimeOf, viewOf } from './lib/jobs.ts';
import { type Measured, readProgress } from './lib/measured.ts';
import { ablationIds, resultsFolder, runIds } from './lib/runFiles.ts';
import { profileArguments, runArguments, UnknownChoice } from './lib/startRequest.ts';

const bodyBytesMax = 16 * 1024;
/** Waiting ones included. */
const jobsMax = 5;

/** What is answered with words in place of what was asked for. */
class ActionRefused extends Error {
  override readonly name = 'ActionRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Each takes the body of its POST; the gate has let in who asks. */
const actions: Record<string, (body: unknown) => Promise<unknown>> = {
  '/actions/run': startRun,
  '/actions/resume': resume,
  '/actions/profile': startProfile,
  '/actions/stop': stop,
};
export const actionPaths: readonly string[] = Object.keys(actions);

/** Starting and stopping, and how that goes: everything below /actions/. */
export async function answerAction(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const path = pathOf(request);
    const job = /^\/actions\/jobs\/([a-z0-9-]{1,80})$/.exec(path)?.[1];
    const action = request.method === 'POST' ? actions[path] : undefined;
    if (action) return send(response, 202, await action(await bodyOf(request)));
    if (job && request.method === 'GET') return send(response, 200, await jobOf(job));
    throw new ActionRefused(404, 'There is nothing here.');
  } catch (error) {
    if (error instanceof ActionRefused) return refuse(response, error.status, error.message);
    if (error instanceof UnknownChoice) return refuse(response, 400, error.message);
    throw error;
  }
}

async function startRun(body: unknown): Promise<unknown> {
  const wanted = parse(newRunSchema, body);
  const args = runArguments(wanted, await readExperimentList());
  return start({ kind: 'run', args, target: null }, wanted.wait);
}

async function resume(body: unknown): Promise<unknown> {
  const wanted = parse(resumeSchema, body);
  const { wait = false } = wanted;
  const { kind, id } = await foundOf(wanted);
  const args = [kind === 'run' ? 'run' : 'ablate', `--resume=${id}`, ...(wait ? ['--wait'] : [])];
  return start({ kind: kind === 'run' ? 'resume' : 'ablation', args, target: id }, wait);
}

async function startProfile(body: unknown): Promise<unknown> {
  const wanted = parse(newProfileSchema, body);
  const { experiment, args } = profileArguments(wanted, await readExperimentList());
  const id = `${stampOf(new Date())}-${experiment.name}-${randomBytes(2).toString('hex')}`;
  const output = `--output=${join(resultsFolder(), 'profiles', id)}`;
  return start({ kind: 'profile', args: [...args, output], target: id }, wanted.wait);
}

async function stop(body: unknown): Promise<unknown> {
  const wanted = parse(stopSchema, body);
  const process = 'jobId' in wanted ? await readJob(wanted.jobId) : await processOf(await foundOf(wanted));
  if (!process || !(await interrupt(process)))
    throw new ActionRefused(409, 'It is not under way any more, there is nothing to stop.');
  return { stopping: true };
}

/** A run says its process, and the kernel which process measures: only where both agree it is the run's own. */
async function processOf(found: Measured): Promise<{ pid: number; startTime: number } | null> {
  const progress = await readProgress(found);
  if (progress?.state !== 'running') return null;
  const measuring = await measurementUnderWay();
  if (measuring?.pid !== progress.pid) return null;
  const startTime = await startTimeOf(progress.pid);
  return startTime === null ? null : { pid: progress.pid, startTime };
}

/** Only what is there. */
async function foundOf(named: { runId: string } | { ablationId: string }): Promise<Measured> {
  const found: Measured =
    'runId' in named ? { kind: 'run', id: named.runId } : { kind: 'ablation', id: named.ablationId };
  const ids = found.kind === 'run' ? await runIds() : await ablationIds();
  if (!ids.includes(found.id)) throw new ActionRefused(404, `There is no ${found.kind} ${found.id}.`);
  return found;
}

/** One after the other: between the look at who measures and the start of a process no other request comes in. */
let turn: Promise<unknown> = Promise.resolve();

function start(job: Pick<JobFile, 'kind' | 'target'> & { args: string[] }, wait = false): Promise<unknown> {
  const started = turn.then(async () => {
    await assertFree(wait);
    return { job: await viewOf(await startJob(job.kind, job.args, job.target)) };
  });
  turn = started.catch(() => {});
  return started;
}

/** Two at once would disturb each other. The command line refuses too; here it is said before anything is started. */
async function assertFree(wait: boolean): Promise<void> {
  const jobs = await livingJobs();
  if (jobs.length >= jobsMax)
    throw new ActionRefused(409, `${jobs.length} measurements wait already; stop one of them first.`);
  if (wait) return;
  const measuring = await measurementUnderWay();
  const [job] = jobs;
  const holder = measuring?.holder ?? (job && `${job.command}, process ${job.pid}`);
  if (holder !== undefined)
    throw new ActionRefused(409, `One measurement at a time, and one is under way: ${holder}.`);
}

async function jobOf(id: string): Promise<unknown> {
  const job = runIdSchema.safeParse(id).success ? await readJob(id) : null;
  if (!job) throw new ActionRefused(404, 'There is no such job.');
  return { job: await viewOf(job) };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax)
      throw new ActionRefused(413, `More than ${bodyBytesMax.toLocaleString('en')} bytes are not read.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ActionRefused(400, 'The body is not JSON.');
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new ActionRefused(400, problems.join('; '));
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(value));
}
