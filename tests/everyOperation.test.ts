import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { undisturbed } from '../services/lab/src/fixtures/rounds.ts';
import { type FaultKind, faultKinds } from '../services/lab/src/run/fixtures/durableStory.ts';
import { type Ended, Lab, reportOf } from './faults/lab.ts';

/**
 * A whole run, with a fault at its Nth operation on the disk: what is on the disk afterwards is whole, and the run ends
 * as if nothing had happened. A story of the same operations, at every one of them, is in durable.test.ts, and the kill
 * matrix kills whole runs; of the rest one is struck here, and all with DISK_FAULTS=whole.
 */
const whole = process.env.DISK_FAULTS === 'whole';
const shares: Record<FaultKind, number[]> = { kill: [], ENOSPC: [0.5], EIO: [] };

test('a fault at an operation of a whole run costs no more than the round under way', async (t) => {
  const count = await operationsOfRun(t);
  assert.ok(count > 50, `${count} operations`);
  for (const kind of faultKinds) {
    const places = whole
      ? Array.from({ length: count }, (_, index) => index + 1)
      : shares[kind].map((share) => Math.round(share * count));
    for (const at of places)
      await t.test(`${kind} at operation ${at} of ${count}`, (one) => check(one, at, kind));
  }
});

async function operationsOfRun(t: Parameters<typeof Lab.open>[0]): Promise<number> {
  const lab = await Lab.open(t);
  const { stderr } = await run(lab, '0 EIO');
  return Number(/^operations: (\d+)$/m.exec(stderr)?.[1]);
}

async function check(t: Parameters<typeof Lab.open>[0], at: number, kind: FaultKind): Promise<void> {
  const lab = await Lab.open(t);
  const struck = await run(lab, `${at} ${kind}`);
  if (kind === 'kill') assert.equal(struck.signal, 'SIGKILL', struck.stderr);
  // What only tidies up may fail without a word.
  else assert.ok([4, 0, 1, 3].includes(struck.code ?? -1), `${struck.code}: ${struck.stderr}`);
  assert.doesNotMatch(struck.stderr, /\n {4}at /, 'a sentence, no stack');
  await lab.assertNothingLeft();

  const begun = existsSync(lab.results) && readdirSync(lab.results).includes('latest');
  // With whatever verdict.
  const finished = struck.stdout !== '';
  assert.ok(finished || kind === 'kill' || struck.code === 4, struck.stderr);
  const rounds = begun ? (await lab.rounds()).length : 0;
  const ended = !begun ? await lab.run() : finished ? struck : await lab.resume();
  assert.equal(reportOf(ended).blocks, 2, ended.stderr);
  const folder = await lab.latest();
  const { order } = await folder.read('plan.json');
  assert.deepEqual(
    (await folder.read('metrics.json')).rounds.map(({ variant }) => variant),
    order.slice(0, 2).flat(),
  );
  assert.ok(undisturbed(await folder.rounds()).length <= Math.max(4, rounds + 4));
  assert.deepEqual([...(await folder.damaged(await folder.rounds()))], []);
}

function run(lab: Lab, fault: string): Promise<Ended> {
  return lab.dyno(['run', lab.experimentFile, '--wait', '--json', '--seed', '7'], {
    env: { DISK_FAULT: fault },
  });
}
