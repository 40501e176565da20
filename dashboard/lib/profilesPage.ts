import type { ExperimentList } from '@dyno/contracts/experimentList';
import type { JobView } from '@dyno/contracts/job';
import type { ProfileSession } from '@dyno/contracts/profileSession';
import type { Access } from './access.ts';
import { readExperimentList } from './experimentList.ts';
import { livingJobs, viewOf } from './jobs.ts';
import { listProfiles } from './profiles.ts';

/** Sessions, and what a new one can be of; without the latter where nothing can be measured. */
export async function readProfilesPage(
  access: Access,
): Promise<{ sessions: ProfileSession[]; list: ExperimentList | null; jobs: JobView[] }> {
  const sessions = await listProfiles();
  if (access === 'only-reads') return { sessions, list: null, jobs: [] };
  const jobs = await livingJobs();
  return { sessions, list: await readExperimentList(), jobs: await Promise.all(jobs.map(viewOf)) };
}
