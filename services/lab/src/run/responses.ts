import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Experiment } from '@dyno/contracts/experiment';
import { type PlanFile, type ResponsesFile, schemaVersion } from '@dyno/contracts/run';
import { type Answer, type Difference, differencesOf, type Path, parsePath, pathText } from './answers.ts';
import type { RecordedRequest } from './recorder.ts';

/** Different requests that are asked of both variants. */
export const comparedMax = 50;
/** An answer that takes longer has none. */
const answerTimeoutMs = 10_000;
/** Different answers are listed up to here; one is enough to fail. */
const listedMax = 20;
/** They change nothing, so they may be asked once more. */
const safe = ['GET', 'HEAD', 'OPTIONS'];

/** What one variant answered to each request, twice: what differs between the two differs by itself. */
export type AnswerPairs = [Answer, Answer][];

/** The requests of a load without a script that go to the variants; those to an absolute address go to somebody else. */
export function listedRequests({ requests = [] }: Experiment['load']): RecordedRequest[] {
  return requests
    .filter(({ target }) => target.startsWith('/'))
    .slice(0, comparedMax)
    .map(({ method, target, headers, body = '' }) => ({
      method,
      target,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          value.replace(/\$\{(\w+)\}/g, (_, variable: string) => process.env[variable] ?? ''),
        ]),
      ),
      body: Buffer.from(body),
    }));
}

export function replayable(requests: readonly RecordedRequest[]): RecordedRequest[] {
  return requests.filter((request) => isSafe(request) && !isOfSession(request));
}

function isSafe({ method }: RecordedRequest): boolean {
  return safe.includes(method);
}

/** As recorded from a script: a session that one variant has begun, and the other may never have heard of. */
function isOfSession({ headers }: RecordedRequest): boolean {
  return 'cookie' in headers;
}

/** Each request twice, one after another: what one variant keeps of the first must not make the other look different. */
export async function askTwice(
  baseUrl: string,
  requests: readonly RecordedRequest[],
  signal: AbortSignal,
): Promise<AnswerPairs> {
  const pairs: AnswerPairs = [];
  for (const request of requests) {
    const first = await askOnce(baseUrl, request, signal);
    pairs.push([first, await askOnce(baseUrl, request, signal)]);
  }
  return pairs;
}

/** Both variants' answers side by side; what differs by itself in either of them is left out, and said. */
export function compareAnswers(
  experiment: Pick<PlanFile['experiment'], 'ignoreInResponses' | 'load'>,
  recorded: readonly RecordedRequest[],
  answers: { baseline: AnswerPairs; candidate: AnswerPairs },
): ResponsesFile {
  const asked = replayable(recorded);
  const ignored = experiment.ignoreInResponses?.map(parsePath) ?? null;
  const differing: ResponsesFile['differing'] = [];
  const volatile = new Set<string>();
  for (const [index, { method, target }] of asked.entries()) {
    const baseline = answers.baseline[index];
    const candidate = answers.candidate[index];
    if (!baseline || !candidate) continue;
    const own = ownDifferences(baseline, candidate, ignored);
    for (const path of own) volatile.add(pathText(path));
    const all = ignored && [...ignored, ...own];
    const found: Difference[] = differencesOf(baseline[0], candidate[0], all);
    differing.push(...found.map((difference) => ({ method, target, ...difference })));
  }
  return {
    schemaVersion,
    compared: asked.length,
    missing: missingOf(recorded, asked, { volatile, ignored, elsewhere: elsewhereOf(experiment.load) }),
    differing: differing.slice(0, listedMax),
  };
}

/** With indexes left out: what differs in one entry of a list may differ in any. */
function ownDifferences(
  baseline: [Answer, Answer],
  candidate: [Answer, Answer],
  ignored: readonly Path[] | null,
): Path[] {
  if (ignored === null) return [];
  const paths: Path[] = [];
  for (const [first, second] of [baseline, candidate]) {
    // As many rounds as there are places: each finds a few.
    for (let go = 0; go < 20; go += 1) {
      const found = differencesOf(first, second, [...ignored, ...paths]).filter(
        ({ kind }) => kind === 'body',
      );
      if (found.length === 0) break;
      for (const { path } of found) {
        paths.push(
          path === null ? [] : parsePath(path).map((step) => (typeof step === 'number' ? null : step)),
        );
      }
    }
  }
  return paths;
}

function missingOf(
  recorded: readonly RecordedRequest[],
  asked: readonly RecordedRequest[],
  {
    volatile,
    ignored,
    elsewhere,
  }: { volatile: ReadonlySet<string>; ignored: readonly Path[] | null; elsewhere: string[] },
): string {
  const left = recorded.filter((request) => !asked.includes(request));
  const changing = names(left.filter((request) => !isSafe(request)));
  const ofSessions = names(left.filter(isSafe));
  const parts = [
    ...(recorded.length === 0 ? ['the load makes no request to the service that could be asked again'] : []),
    ...(changing.length > 0 ? [`not asked again, because they may change data: ${some(changing)}`] : []),
    ...(ofSessions.length > 0
      ? [`not asked again, because they carry the cookie of a session: ${some(ofSessions)}`]
      : []),
    ...(elsewhere.length > 0
      ? [`not asked, because they name an address that is neither variant's: ${some(elsewhere)}`]
      : []),
    ...(volatile.size > 0
      ? [`left out, because they differ from one answer to the next: ${some([...volatile])}`]
      : []),
    ...(ignored === null ? ['bodies were not compared, as the experiment says'] : []),
  ];
  return parts.join('; ');
}

function names(requests: readonly RecordedRequest[]): string[] {
  return [...new Set(requests.map(({ method, target }) => `${method} ${target}`))];
}

function elsewhereOf({ requests = [] }: Experiment['load']): string[] {
  const targets = requests.filter(({ target }) => !target.startsWith('/'));
  return [...new Set(targets.map(({ method, target }) => `${method} ${target}`))];
}

function some(all: string[]): string {
  const shown = all.slice(0, 5).join(', ');
  return all.length > 5 ? `${shown} and ${all.length - 5} more` : shown;
}

/** Not `fetch`, which adds headers of its own and follows redirects. */
async function askOnce(baseUrl: string, request: RecordedRequest, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const ask = baseUrl.startsWith('https:') ? httpsRequest : httpRequest;
      const outgoing = ask(baseUrl + request.target, {
        method: request.method,
        headers: {
          ...request.headers,
          ...(request.body.length > 0 ? { 'content-length': request.body.length } : {}),
        },
        signal: limit,
        agent: false,
      });
      outgoing.on('error', reject);
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const [type = ''] = (answer.headers['content-type'] ?? '').split(';');
          resolve({
            status: answer.statusCode ?? 0,
            type: type.trim().toLowerCase(),
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.end(request.body);
    });
  } catch {
    signal.throwIfAborted();
    return { status: 0, type: '', body: Buffer.alloc(0) };
  }
}
