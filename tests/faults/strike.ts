/**
 * Loaded before the command line (`node --import strike.ts cli.ts`): does something at an exact moment of a run.
 * A moment is a file that is about to get its name, or a stage that progress.json is about to tell.
 */
import { execFileSync } from 'node:child_process';
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { allProcesses, commandOf } from '../../services/lab/src/run/proc.ts';

export interface Strike {
  /** Name of a file, or a part of it. */
  before?: string;
  stage?: string;
  round?: number;
  /** Where a round may be measured again, so that its number is not known. */
  block?: number;
  /** After that moment. */
  delayMs?: number;
  /** To this process; `group` is what a terminal does on Ctrl-C. */
  signal?: NodeJS.Signals;
  group?: boolean;
  /** kill -9 of children with that in their command. */
  kill?: string;
  /** A command for the shell. */
  shell?: string;
  /** How far the wall clock jumps; with `slewMs` it takes that long. */
  clockMs?: number;
  slewMs?: number;
  /** The clock is right again. */
  clockBack?: true;
}

const strikes: Strike[] = JSON.parse(process.env.STRIKES ?? '[]');
delete process.env.STRIKES;
const { rename, writeFile } = promises;
const { now } = Date;

promises.rename = async (from, to) => {
  strikeAt(({ before }) => before !== undefined && basename(String(to)).includes(before));
  return rename(from, to);
};
// A stage is over while a slow disk writes what is told of it.
promises.writeFile = async (file, data, options) => {
  if (typeof file === 'string' && basename(file).startsWith('progress.json')) {
    const progress: unknown = JSON.parse(String(data));
    strikeAt((strike) => isStage(strike, progress));
  }
  return writeFile(file, data, options);
};
syncBuiltinESMExports();

function strikeAt(isMoment: (strike: Strike) => boolean): void {
  for (const strike of strikes.filter(isMoment)) {
    strikes.splice(strikes.indexOf(strike), 1);
    if (strike.delayMs === undefined) act(strike);
    else setTimeout(() => act(strike), strike.delayMs);
  }
}

const { DISK_FAULT } = process.env;
delete process.env.DISK_FAULT;
if (DISK_FAULT) {
  // Only now: the module keeps what it finds when it is loaded.
  const { breakDisk, faultKinds } = await import('../../services/lab/src/run/fixtures/durableStory.ts');
  const [at, name] = DISK_FAULT.split(' ');
  const { operations } = breakDisk(Number(at), faultKinds.find((kind) => kind === name) ?? 'kill');
  process.on('exit', () => process.stderr.write(`operations: ${operations.length}\n`));
}

function isStage({ stage, round, block }: Strike, progress: unknown): boolean {
  if (typeof progress !== 'object' || progress === null) return false;
  if (!('stage' in progress) || !('round' in progress) || !('block' in progress)) return false;
  return (
    progress.stage === stage &&
    (round === undefined || progress.round === round) &&
    (block === undefined || progress.block === block)
  );
}

function act({ signal, group, kill, shell, clockMs, slewMs, clockBack }: Strike): void {
  if (kill) {
    const children = allProcesses().filter(({ parentPid }) => parentPid === process.pid);
    for (const { pid } of children.filter((one) => commandOf(one.pid).includes(kill)))
      process.kill(pid, 'SIGKILL');
  }
  if (shell) execFileSync('sh', ['-c', shell], { stdio: 'inherit' });
  if (clockBack) Date.now = now;
  if (clockMs !== undefined) moveClock(clockMs, slewMs ?? 0);
  if (signal) process.kill(group ? -process.pid : process.pid, signal);
}

function moveClock(byMs: number, withinMs: number): void {
  const startMs = performance.now();
  const before = Date.now;
  Date.now = () => {
    const share = withinMs === 0 ? 1 : Math.min(1, (performance.now() - startMs) / withinMs);
    return before() + byMs * share;
  };
}
