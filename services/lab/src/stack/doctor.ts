import { mkdir, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, release, totalmem } from 'node:os';
import type { Settings } from '@dyno/contracts/settings';
import { ownersOf } from '../run/ports.ts';
import { livingOf } from '../run/processes.ts';
import { isPortName, type PortName, portVariable } from '../settings.ts';
import { composeStatus, findEngine } from './compose.ts';
import { goOnPath } from './goBuild.ts';
import { foresee, platform } from './install.ts';
import { parts, programs } from './parts.ts';
import { searchFolders } from './search.ts';

export interface Finding {
  what: string;
  /** `bad`: a start will fail; `doubtful`: it may, or takes longer. */
  state: 'good' | 'doubtful' | 'bad';
  detail: string;
}

/** k6 and Jaeger from source need most of it. */
const roomGibibytes = 6;

/** What a start will find on this machine; changes nothing but the (empty) home folder. */
export async function doctor(settings: Settings): Promise<Finding[]> {
  const engine = await findEngine();
  const compose = settings.stack === 'compose' || (settings.stack === 'auto' && engine.answers);
  const folders = searchFolders();
  return [
    machine(),
    { what: 'node', state: 'good', detail: `${process.version} (${process.execPath})` },
    engineFinding(settings, engine),
    ...(await Promise.all(
      Object.values(programs)
        .filter((program) => !compose || !('compose' in program))
        .map(async (program): Promise<Finding> => {
          const detail = await foresee(program, { settings, folders });
          const missing = detail.startsWith('missing');
          const serious = missing && program.name !== 'chromium';
          return { what: program.title, state: serious ? 'doubtful' : 'good', detail };
        }),
    )),
    goFinding(await goOnPath(folders)),
    ...(await Promise.all([settings.project, settings.home].map(disk))),
    ...(await portFindings(settings, compose)),
  ];
}

function machine(): Finding {
  const gibibytes = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);
  const size = `${availableParallelism()} cores, ${gibibytes(freemem())} of ${gibibytes(totalmem())} GiB free`;
  try {
    return { what: 'machine', state: 'good', detail: `${platform()}, kernel ${release()}, ${size}` };
  } catch (error) {
    return { what: 'machine', state: 'bad', detail: error instanceof Error ? error.message : String(error) };
  }
}

function engineFinding(settings: Settings, engine: { answers: boolean; detail: string }): Finding {
  const way = settings.stack === 'native' || !engine.answers ? 'native parts' : 'containers';
  const bad = settings.stack === 'compose' && !engine.answers;
  return {
    what: 'stack',
    state: bad ? 'bad' : 'good',
    detail: `DYNO_STACK=${settings.stack}, ${engine.detail}: ${bad ? 'a start fails' : way}`,
  };
}

function goFinding(path: string | null): Finding {
  const detail = path ?? 'none on PATH; fetched as a wheel when something must be built';
  return { what: 'Go', state: 'good', detail };
}

async function disk(folder: string): Promise<Finding> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 1024 ** 3;
  return {
    what: 'disk',
    state: free < roomGibibytes ? 'doubtful' : 'good',
    detail: `${free.toFixed(1)} GiB free in ${folder}`,
  };
}

async function portFindings(settings: Settings, compose: boolean): Promise<Finding[]> {
  const ours = await livingOf(settings.home, 'stack');
  // The engine holds the ports of its containers itself.
  const containers = compose ? await composeStatus(settings) : new Map();
  const contained = Object.values(parts).flatMap(({ name, ports }) => (containers.has(name) ? ports : []));
  return Object.keys(settings.ports)
    .filter(isPortName)
    .map((name) => {
      const port = settings.ports[name];
      const owners = ownersOf(port);
      const foreign = owners.filter(({ pid }) => !ours.some((one) => one.pid === pid));
      const what = `port ${port}`;
      if (owners.length === 0) return { what, state: 'good', detail: `${portVariable(name)}: free` };
      if (foreign.length === 0 || contained.includes(name)) {
        return { what, state: 'good', detail: `${portVariable(name)}: in use by our stack` };
      }
      const taken = foreign.map(({ pid, command }) => `${pid ?? 'unknown'} (${command.slice(0, 80)})`);
      const needed = neededPorts.includes(name);
      const detail = `${portVariable(name)}: taken by process ${taken.join(', ')}${needed ? '' : '; only `docker compose up` needs it'}`;
      return { what, state: needed ? 'bad' : 'doubtful', detail };
    });
}

/** By a start; the others are for what compose.yaml shows beside it. */
const neededPorts: PortName[] = [
  ...Object.values(parts).flatMap(({ ports }) => ports),
  'dashboard',
  'service',
  'serviceTls',
];
