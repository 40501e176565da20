import { testServers } from '@dyno/api/testing/servers';
import { type JobData, openQueues } from '../queues.ts';
import { queueTelemetry } from '../telemetry.ts';
import { until, workDatabase } from './work.ts';

export async function withQueues<Result>(
  work: (queues: ReturnType<typeof openQueues>['queues']) => Promise<Result>,
): Promise<Result> {
  const { queues, close } = openQueues({
    redisUrl: testServers().redisUrl,
    prefix: `${workDatabase}:jobs`,
    telemetry: queueTelemetry(),
  });
  try {
    await until('Redis answers', () =>
      queues.emails.getJobCounts('waiting').then(
        () => true,
        () => false,
      ),
    );
    return await work(queues);
  } finally {
    close();
  }
}

export function addDirectly(data: JobData, jobIds: readonly string[]): Promise<void> {
  return withQueues(async ({ emails }) => {
    for (const jobId of jobIds) await emails.add('email', data, { jobId, attempts: 5 });
  });
}

export function countJobs(queue: 'emails' | 'reports'): Promise<number> {
  return withQueues((queues) => queues[queue].getJobCountByTypes('waiting', 'active', 'delayed'));
}

export function deadLetter(outboxId: number): Promise<{ input: unknown; reason: string }> {
  return withQueues(async (queues) => {
    let found: { input: unknown; reason: string } | undefined;
    await until('the dead letter is on the list', async () => {
      const jobs = await queues['dead-letters'].getJobs(['waiting']);
      found = jobs.map(({ data }) => data).find((data) => data.outboxId === outboxId);
      return found !== undefined;
    });
    if (found === undefined) throw new Error('not found');
    return { input: found.input, reason: found.reason };
  });
}
