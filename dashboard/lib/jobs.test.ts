import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JobFile, JobView } from '@dyno/contracts/job';
import { type Progress, schemaVersion } from '@dyno/contracts/run';
import { viewOf } from './jobs.ts';

const runId = '20261121-120001-made-up-0001';
const job: JobFile = {
  schemaVersion,
  id: '20261121-120000-run-000000',
  kind: 'run',
  command: 'npx dyno run made-up',
  startedAt: '2026-11-21T12:00:00.000Z',
  // Above what a kernel hands out: it is gone.
  pid: 2 ** 22 + 1,
  startTime: 1,
  target: runId,
  exitCode: null,
};
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dyno-jobs-'));
  process.env.DYNO_HOME = join(folder, 'home');
  process.env.DYNO_RESULTS = join(folder, 'results');
});
after(() => rm(folder, { recursive: true }));

/** By what goes on in which folder. */
const folderOf = { resume: [], ablation: ['ablations'] } as const;
const ends: [Progress['state'], JobView['state']][] = [
  ['finished', 'done'],
  ['interrupted', 'stopped'],
  ['failed', 'failed'],
  ['running', 'failed'],
];
for (const kind of ['resume', 'ablation'] as const)
  for (const [written, state] of ends)
    test(`a job (${kind}) whose end nobody saw is ${state} where what it measured is ${written}`, async () => {
      const progress: Progress = {
        schemaVersion,
        runId,
        state: written,
        pid: job.pid,
        updatedAt: '2026-11-21T12:05:00.000Z',
        stage: 'window',
        round: 1,
        block: 1,
        blocksMax: 4,
        variant: null,
        requestsPerSecond: null,
        latencyMsP95: null,
        secondsLeft: null,
        message: '',
      };
      const measured = join(folder, 'results', ...folderOf[kind], runId);
      await rm(join(folder, 'results'), { recursive: true, force: true });
      await mkdir(measured, { recursive: true });
      await writeFile(join(measured, 'progress.json'), JSON.stringify(progress));
      const view = await viewOf({ ...job, kind });
      assert.deepEqual([view.runId, view.state], [kind === 'ablation' ? null : runId, state]);
    });
