import type { Report } from '@dyno/contracts/report';
import type { ReportFiles } from './report/html/reportHtml.ts';
import type { RunFileName, RunFolder } from './run/results.ts';

/** What a report file shows beside the report: what the run's folder has of it. */
export async function readReportFiles(folder: RunFolder, report: Report): Promise<ReportFiles> {
  const read = async <Name extends RunFileName>(name: Name) =>
    folder.has(name) ? await folder.read(name) : null;
  return {
    report,
    plan: await read('plan.json'),
    environment: await read('environment.json'),
    rounds: await folder.rounds(),
    timeline: await read('timeline.json'),
    evidence: await read('evidence.json'),
    responses: await read('responses.json'),
    observer: await read('observer.json'),
  };
}
