import type { Guard } from '@dyno/contracts/report';
import type { PlanFile, Round } from '@dyno/contracts/run';
import { count, digits, duration, percent, plural } from '../format.ts';
import { type BlockRows, generatorProcess, type RoundRow } from './pairs.ts';

export interface Counted {
  plan: PlanFile;
  blocks: readonly BlockRows[];
  /** Only those of the blocks that count. */
  rounds: readonly Round[];
}

/** May this run count at all? A failed guard makes it invalid, not slow. Details are whole sentences with the way out. */
export function judgeGuards(counted: Counted): Guard[] {
  return [
    blocksComplete(counted),
    samplesComplete(counted),
    loadDelivered(counted),
    baselineErrors(counted),
    windowLengths(counted),
    clock(counted),
    generator(counted),
    undisturbed(counted),
  ];
}

/** More than this, and k6's wall-clock times no longer belong to the window. */
const clockToleranceMs = 50;
/** A scheduler late by a little is not a different window: every rate is over the window's real length. */
const windowTolerance = 0.02;
const windowToleranceMs = 250;

function blocksComplete({ plan, blocks }: Counted): Guard {
  const name = 'blocks complete';
  if (blocks.length >= 2) return pass(name, `${plural(blocks.length, 'complete block')}.`);
  return fail(
    name,
    `${plural(blocks.length, 'complete block')}, a comparison needs two at least: continue with "dyno run --resume ${plan.runId}".`,
  );
}

function samplesComplete({ blocks, rounds }: Counted): Guard {
  const name = 'samples complete';
  const rows = allRows(blocks);
  const empty = rows.filter(({ requests }) => requests === 0);
  if (empty.length > 0) return fail(name, `${listRounds(empty)} answered no request inside the window.`);
  const byRound = new Map(rounds.map((round) => [round.round, round]));
  const torn = rows.filter(({ round, requests }) => byRound.get(round)?.load.requests !== requests);
  if (torn.length > 0) {
    return fail(
      name,
      `${listRounds(torn)}: the kept samples and the number that was measured differ. Run it again.`,
    );
  }
  const total = rows.reduce((sum, { requests }) => sum + requests, 0);
  return pass(name, `Every request of ${plural(rows.length, 'window')} is kept, ${count(total)} in all.`);
}

function loadDelivered({ plan, rounds }: Counted): Guard {
  const name = 'load delivered';
  const dropped = rounds.reduce((sum, { load }) => sum + load.droppedIterations, 0);
  if (dropped === 0) return pass(name, 'No iteration was dropped.');
  const rate = plan.experiment.load.ratePerSecond;
  return fail(
    name,
    `${plural(dropped, 'iteration')} could not be started in time${rate ? ` at ${digits(rate)} a second` : ''}, and latency looks better without them: lower --rate or raise --vus.`,
  );
}

function baselineErrors({ blocks }: Counted): Guard {
  const name = 'baseline answers';
  const rows = blocks.map(({ baseline }) => baseline);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const detail = `${count(failed)} of ${count(requests)} requests failed in the baseline`;
  if (failed < 0.01 * Math.max(1, requests)) return pass(name, `${detail}.`);
  return fail(
    name,
    `${detail}, 1 % is the most: what fails is not worth comparing. See the log of the service.`,
  );
}

function windowLengths({ plan, rounds }: Counted): Guard {
  const name = 'windows of equal length';
  const wantedMs = plan.plan.windowSeconds * 1000;
  const toleranceMs = Math.max(windowTolerance * wantedMs, windowToleranceMs);
  const off = rounds.filter(({ window }) => Math.abs(window.durationMs - wantedMs) > toleranceMs);
  if (off.length === 0) return pass(name, `Every window was ${duration(plan.plan.windowSeconds)} long.`);
  return fail(
    name,
    `${listRounds(off)}: the window was not ${duration(plan.plan.windowSeconds)} long (${off.map(({ window }) => `${digits(window.durationMs / 1000)} s`).join(', ')}). Was the machine suspended or overloaded?`,
  );
}

function clock({ rounds }: Counted): Guard {
  const name = 'clock steady';
  const jumped = rounds.filter(
    ({ window }) => Math.abs(window.endMs - window.startMs - window.durationMs) > clockToleranceMs,
  );
  if (jumped.length === 0) return pass(name, 'The clock did not jump inside a window.');
  return fail(name, `${listRounds(jumped)}: the clock jumped inside the window. Run it again.`);
}

function generator({ rounds }: Counted): Guard {
  const name = 'generator has room';
  const shares = rounds.map(({ usage, machine, window }) => {
    const used = usage.find(({ process }) => process === generatorProcess)?.cpuSeconds ?? 0;
    return used / ((window.durationMs / 1000) * machine.cores);
  });
  const most = Math.max(0, ...shares);
  const detail = `k6 used at most ${percent(most)} of the machine`;
  if (most < 0.5) return pass(name, `${detail}.`);
  return warn(name, `${detail} and competes with the service: lower --vus or --rate, or run on more cores.`);
}

function undisturbed({ rounds }: Counted): Guard {
  const name = 'machine to itself';
  const total = rounds.reduce(
    (sum, { machine, window }) => sum + (machine.cores * window.durationMs) / 1000,
    0,
  );
  const stolen = rounds.reduce((sum, { machine }) => sum + machine.stealCpuSeconds, 0);
  const foreign = rounds.reduce((sum, { machine, usage }) => {
    const known = usage.reduce((seconds, { cpuSeconds }) => seconds + cpuSeconds, 0);
    return sum + Math.max(0, machine.busyCpuSeconds - known);
  }, 0);
  const share = (seconds: number) => (total === 0 ? 0 : seconds / total);
  const detail = `Other processes, the telemetry among them, took ${percent(share(foreign))} of the CPU, other virtual machines ${percent(share(stolen))}`;
  return share(stolen) < 0.02 && share(foreign) < 0.1
    ? pass(name, `${detail}.`)
    : warn(name, `${detail}: intervals are wider than they need be. Close what else runs.`);
}

function allRows(blocks: readonly BlockRows[]): RoundRow[] {
  return blocks.flatMap(({ baseline, candidate }) => [baseline, candidate]);
}

function listRounds(rounds: readonly { round: number }[]): string {
  return `${rounds.length === 1 ? 'Round' : 'Rounds'} ${rounds.map(({ round }) => round).join(', ')}`;
}

const pass = (name: string, detail: string): Guard => ({ name, status: 'pass', detail, advice: '' });
const warn = (name: string, detail: string): Guard => ({ name, status: 'warn', detail, advice: '' });
const fail = (name: string, detail: string): Guard => ({ name, status: 'fail', detail, advice: '' });
