import type { ExperimentList } from '@dyno/contracts/experimentList';
import type { JobView } from '@dyno/contracts/job';
import type { ProfileSession } from '@dyno/contracts/profileSession';
import type { Access } from './access.ts';
import { readExperimentList } from './experimentList.ts';
import { livingJobs, viewOf } from './jobs.ts';
import { usualExperiment } from './newRun.ts';
import { listProfiles } from './profiles.ts';

/** Sessions, and what a new one can be of; without the latter where nothing can be measured. */
export async function readProfilesPage(access: Access): Promise<{
  sessions: ProfileSession[];
  /** With the key of the one that is offered first. */
  choice: { list: ExperimentList; first: string } | null;
  jobs: JobView[];
}> {
  const sessions = await listProfiles();
  if (access === 'only-reads') return { sessions, choice: null, jobs: [] };
  const jobs = await Promise.all((await livingJobs()).map(viewOf));
  const list = await readExperimentList();
  return { sessions, choice: { list, first: usualExperiment(list.experiments)?.key ?? '' }, jobs };
}
