import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeMeasuringLock } from '../services/lab/src/run/lock.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { Lab, type LabOptions, reportOf, serviceProgram } from './faults/lab.ts';
import type { Strike } from './faults/strike.ts';

/**
 * A run is ended in every stage, by every signal, around every kind of service: nothing survives, ports and lock are
 * free, no acknowledged round is lost, and the run can be gone on with. Every strike after the first hits the run that
 * the strike before has left.
 *
 * Every stage and every kind of service meets SIGKILL, and Ctrl-C or SIGTERM in turns: both take the same way through the
 * command line. `npm run test:kill-matrix` does all of them.
 */
const whole = process.env.KILL_MATRIX === 'whole';

const signals: { name: string; strike: Strike; ends: { code: number | null; signal: string | null } }[] = [
  {
    name: 'Ctrl-C to the foreground group',
    strike: { signal: 'SIGINT', group: true },
    ends: { code: 130, signal: null },
  },
  { name: 'SIGTERM', strike: { signal: 'SIGTERM' }, ends: { code: 130, signal: null } },
  { name: 'SIGKILL', strike: { signal: 'SIGKILL' }, ends: { code: null, signal: 'SIGKILL' } },
];

/** Of the two that ask, one; turns of two, so that each meets both stages below. */
function signalsOf(index: number): typeof signals {
  const asking = Math.floor(index / 2) % 2;
  return signals.filter((_, place) => whole || place === asking || place === 2);
}

interface Stage {
  name: string;
  moment: Strike;
  /** Not of a run that is gone on with. */
  fresh?: true;
}

const start: Stage = { name: 'start', moment: { stage: 'start', delayMs: 300 } };
const warmup: Stage = { name: 'warm-up', moment: { stage: 'warmup' } };
const window: Stage = { name: 'window', moment: { stage: 'window' } };
/** Between the rounds. */
const withoutService: Stage[] = [
  { name: 'set-up', moment: { before: 'environment.json' }, fresh: true },
  { name: 'conversion', moment: { before: '.parquet' } },
  { name: 'statistics', moment: { before: 'metrics.json' } },
];
/** Behind them. Each asks for what it needs and no more: the passes take their time. */
const behind: (Stage & { passes: { trace: number; profile: number } })[] = [
  { name: 'trace', moment: { stage: 'trace' }, passes: { trace: 0.5, profile: 0 } },
  { name: 'profile', moment: { stage: 'profile' }, passes: { trace: 0, profile: 1.5 } },
  { name: 'report', moment: { before: 'report.json' }, passes: { trace: 0, profile: 0 } },
];

const node = (kind: string): string[] => ['node', serviceProgram, kind];
const kinds: { name: string; command: string[] }[] = [
  { name: 'node', command: node('node') },
  { name: 'npm start', command: ['npm', 'start'] },
  { name: 'npm run with a && b', command: ['npm', 'run', 'both'] },
  { name: 'cluster', command: node('cluster') },
  { name: 'child that calls setsid', command: node('setsid') },
  { name: 'service that ignores SIGTERM', command: node(whole ? 'stubborn' : 'stubborn under load') },
  { name: 'child that is stopped', command: node('stopped') },
];

for (const [index, kind] of kinds.entries()) {
  // Between them the kinds meet every signal in a start and in a window.
  const stageAt = (turn: number): Stage => (index === 0 ? warmup : (index + turn) % 2 === 0 ? start : window);
  test(`killed around a service: ${kind.name}`, async (t) => {
    const lab = await open(t, kind.command, whole || index === 0);
    for (const [turn, signal] of signalsOf(index).entries()) {
      const stages = whole ? [withoutService, start, warmup, window].flat() : [stageAt(turn)];
      for (const stage of stages) await strike(lab, stage, signal);
    }
    if (whole) await strikeBehind(lab, kind.command);
  });
}

if (!whole) {
  test('killed between the rounds and behind them, and gone on with to the end', async (t) => {
    const lab = await open(t, node('node'), false);
    for (const [index, stage] of withoutService.entries()) {
      for (const signal of signalsOf(index)) await strike(lab, stage, signal);
    }
    await strikeBehind(lab, node('node'));
  });
}

async function strikeBehind(lab: Lab, command: string[]): Promise<void> {
  for (const [index, stage] of behind.entries()) {
    // 0x watches a node of its own, not one behind npm, nor a family of them: such a pass is only reported as missing.
    if (stage.name === 'profile' && (command[0] !== 'node' || command.includes('cluster'))) continue;
    await choosePasses(lab, stage.passes);
    for (const signal of signalsOf(index)) await strike(lab, stage, signal);
  }
  const before = (await lab.rounds()).length;
  const ended = await lab.dyno(['run', '--resume', 'latest', '--wait', '--json']);
  assert.equal(reportOf(ended).blocks, 2, ended.stderr);
  assert.equal((await lab.rounds()).length, before, 'no round is measured again');
  await lab.assertNothingLeft();
}

async function choosePasses(lab: Lab, { trace, profile }: { trace: number; profile: number }): Promise<void> {
  const folder = await lab.latest();
  const plan = await folder.read('plan.json');
  plan.plan.tracePassSeconds = trace;
  plan.plan.profilePassSeconds = profile;
  plan.experiment.service.telemetry = trace > 0 ? 'inject' : 'none';
  await folder.write('plan.json', plan);
  const environment = await folder.read('environment.json');
  const { jaeger: _, ...versions } = environment.versions;
  const { jaeger } = readSettings().versions;
  await folder.write('environment.json', {
    ...environment,
    versions: { ...versions, ...(trace > 0 ? { jaeger } : {}) },
  });
}

/** Long windows where a warm-up is to be hit: it is told half a window before its end. */
async function open(t: Parameters<typeof Lab.open>[0], command: string[], long: boolean): Promise<Lab> {
  const plan: LabOptions['plan'] = long ? { warmupSeconds: 0.9, windowSeconds: 0.6 } : {};
  const lab = await Lab.open(t, { command, plan, needs: ['redis'] });
  const scripts = {
    start: `node '${serviceProgram}' node`,
    both: `true && node '${serviceProgram}' node`,
  };
  writeFileSync(join(lab.folder, 'package.json'), JSON.stringify({ scripts }));
  return lab;
}

async function strike(
  lab: Lab,
  { name, moment, fresh }: Stage,
  signal: (typeof signals)[number],
): Promise<void> {
  const place = `${signal.name} in ${name}`;
  const goesOn = !fresh && existsSync(join(lab.results, 'latest'));
  const counted = goesOn ? (await lab.rounds()).length : 0;
  const what = goesOn ? ['--resume', 'latest'] : [lab.experimentFile];
  const { child, ended } = lab.start(['run', ...what, '--wait'], {
    strikes: [{ ...moment, ...signal.strike }],
  });
  const { code, signal: by, stderr } = await ended;
  assert.deepEqual({ code, signal: by }, signal.ends, `${place}: ${stderr}`);
  await lab.assertNothingLeft();
  await assertNotHeldBy(child.pid, place);
  if (goesOn) assert.ok((await lab.rounds()).length >= counted, `${place}: no round is lost`);
}

/** Somebody else on this machine may well hold it. */
async function assertNotHeldBy(pid: number, place: string): Promise<void> {
  try {
    const lock = await takeMeasuringLock({ home: '/', wait: false, what: 'kill matrix' });
    await lock.release();
  } catch (error) {
    assert.equal(String(error).includes(`process ${pid} `), false, `${place}: ${error}`);
  }
}
