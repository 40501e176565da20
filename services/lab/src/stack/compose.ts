import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from '../errors.ts';
import { portVariables } from '../settings.ts';
import { type Part, type PartName, parts } from './parts.ts';
import type { Secrets } from './secrets.ts';
import { outputOf, runStep, type Work } from './work.ts';

/** Longer than the longest stop_grace_period in compose.yaml. */
const downWithinMs = 120_000;

/** Whether a Docker engine with Compose answers, or why not. */
export async function findEngine(): Promise<{ answers: boolean; detail: string }> {
  if ((await outputOf('docker', ['compose', 'version'])) === null) {
    return { answers: false, detail: 'no docker with Compose on PATH' };
  }
  const server = await outputOf('docker', ['info', '--format', '{{.ServerVersion}}']);
  return server === null
    ? { answers: false, detail: 'docker is installed, its engine does not run' }
    : { answers: true, detail: `engine ${server.trim()}` };
}

/** True when this call started something; false when all of it ran already. What has failed is taken down again. */
export async function composeUp(
  work: Work,
  secrets: Secrets,
  wanted: readonly Part[] = Object.values(parts),
): Promise<boolean> {
  const { settings } = work;
  const before = await composeStatus(settings);
  const services = wanted.map((part) => part.compose.service);
  const up = runStep(work, {
    part: 'stack',
    state: 'starting',
    what: 'compose up',
    doing: 'starting the containers',
    command: 'docker',
    args: [...composeArgs(settings), 'up', '--detach', '--wait', '--wait-timeout', '600', ...services],
    env: environment(settings, secrets),
  });
  await up.catch(async (error) => {
    if (before.size === 0) await composeDown(settings, secrets);
    throw error;
  });
  return wanted.some(({ name }) => !before.has(name));
}

/** Stops this home's containers; their volumes stay. One line when there were any. */
export async function composeDown(settings: Settings, secrets: Secrets | null): Promise<string[]> {
  const running = await composeStatus(settings);
  if (running.size === 0) return [];
  const down = await outputOf(
    'docker',
    [...composeArgs(settings), 'down'],
    environment(settings, secrets),
    downWithinMs,
  );
  if (down !== null) return [`stopped the containers of ${projectName(settings)}`];
  throw new DynoError(
    `The containers could not be stopped: see \`docker ${composeArgs(settings).join(' ')} ps\`.`,
  );
}

/** Pid of each part whose container runs, as the engine's machine sees it. */
export async function composeStatus(settings: Settings): Promise<Map<PartName, number>> {
  const rows = Object.values(parts).map(async (part) => {
    const id = await outputOf('docker', [
      'ps',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${projectName(settings)}`,
      '--filter',
      `label=com.docker.compose.service=${part.compose.service}`,
    ]);
    if (!id?.trim()) return null;
    const pid = await outputOf('docker', ['inspect', '--format', '{{.State.Pid}}', id.trim()]);
    return Number(pid) > 0 ? ([part.name, Number(pid)] as const) : null;
  });
  return new Map((await Promise.all(rows)).filter((row) => row !== null));
}

/** Empty where the engine runs in a machine of its own (Docker Desktop): the pid means nothing here. */
export async function composePids(settings: Settings, part: PartName): Promise<number[]> {
  const pid = (await composeStatus(settings)).get(part);
  return pid !== undefined && existsSync(`/proc/${pid}`) ? [pid] : [];
}

/** The default home has the name that `docker compose up` by hand takes; other homes are told apart. */
function projectName({ home, project }: Settings): string {
  if (home === join(project, '.dyno')) return 'dyno';
  return `dyno-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}

function composeArgs(settings: Settings): string[] {
  return [
    'compose',
    '--project-name',
    projectName(settings),
    '--project-directory',
    settings.project,
    '--file',
    join(settings.project, 'compose.yaml'),
  ];
}

function environment(settings: Settings, secrets: Secrets | null): Record<string, string> {
  return {
    ...portVariables(settings.ports),
    // compose.yaml refuses to be read without them, also by `down`.
    DYNO_MYSQL_PASSWORD: secrets?.mysqlPassword ?? 'unknown',
    DYNO_REDIS_PASSWORD: secrets?.redisPassword ?? 'unknown',
    // Of the shop, which is not started from here.
    DYNO_JWT_SECRET: 'unknown',
    DYNO_SESSION_SECRET: 'unknown',
  };
}
