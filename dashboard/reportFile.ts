import type { ServerResponse } from 'node:http';
import { observerFileSchema, responsesFileSchema } from '@dyno/contracts/run';
import { refuse } from './files.ts';
import { readRun } from './lib/results.ts';
import { caps, readJson } from './lib/runJson.ts';

/** As the file says of itself; and whoever opens it here gives it no origin. */
const policy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/** The report as one file to send to somebody; made when it is asked for, from the files that the page shows. */
export async function sendReportFile(id: string, isHead: boolean, response: ServerResponse): Promise<void> {
  const run = await readRun(id);
  if (!run) return refuse(response, 404, 'There is no such run.');
  const { report, plan, environment, rounds, timeline, evidence } = run;
  if (!report) return refuse(response, 404, 'This run has no report yet.');
  const [responses, observer, { reportHtml }] = await Promise.all([
    readJson(id, 'responses.json', responsesFileSchema, caps.small, []),
    readJson(id, 'observer.json', observerFileSchema, caps.small, []),
    import('@dyno/lab/reportHtml'),
  ]);
  const html = Buffer.from(
    reportHtml({ report, plan, environment, rounds, timeline, evidence, responses, observer }),
  );
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': html.length,
    'content-security-policy': policy,
    'cache-control': 'no-cache',
  });
  response.end(isHead ? undefined : html);
}
