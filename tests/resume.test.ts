import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { undisturbed } from '../services/lab/src/fixtures/rounds.ts';
import { Lab, reportOf } from './faults/lab.ts';
import type { Strike } from './faults/strike.ts';

/** Two blocks of two variants: where a block is left half done it begins again, so that these are the ends of all four. */
const stops = [1, 3, 4, 6];

test('a run that is stopped after every round is the run that never stopped: same order, every round once', async (t) => {
  const whole = await Lab.open(t);
  reportOf(await whole.run());
  const order = await orderOf(whole);
  const lab = await Lab.open(t);
  for (const round of stops) {
    // The line of the round is not there yet: Ctrl-C comes while it is written.
    const strike: Strike = { before: `00${round}-`, signal: 'SIGINT', group: true };
    const ended = round === stops[0] ? await lab.run([strike]) : await lab.resume([strike]);
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /Go on with: dyno run --resume/);
  }
  reportOf(await lab.resume());
  const folder = await lab.latest();
  const counting = (await folder.read('metrics.json')).rounds;
  assert.deepEqual(
    counting.map(({ block, variant }) => [block, variant]),
    order,
  );
  const all = await folder.rounds();
  // A round that this machine disturbed is measured again, and the stops then meet other rounds.
  if (undisturbed(all).length === all.length) {
    assert.deepEqual(
      counting.map(({ round }) => round),
      [2, 3, 5, 6],
    );
  }
  await lab.assertNothingLeft();
});

test('after kill -9 a run goes on by its own plan, unless experiment or script have changed; a finished one does not', async (t) => {
  const lab = await Lab.open(t, { experiment: { load: { scenario: 'SCRIPT', vus: 2 } } });
  const script = join(lab.folder, 'load.js');
  writeFileSync(script, k6Script);
  const text = readFileSync(lab.experimentFile, 'utf8').replace('SCRIPT', script);
  writeFileSync(lab.experimentFile, text);
  const killed = lab.start(['run', lab.experimentFile, '--wait', '--json'], {
    strikes: [{ before: '.resources.ndjson', signal: 'SIGKILL' }],
  });
  const { signal, stderr } = await killed.ended;
  assert.equal(signal, 'SIGKILL', stderr);
  const folder = await lab.latest();
  const plan = await folder.read('plan.json');
  const status = await lab.dyno(['status']);
  assert.match(
    status.stderr,
    new RegExp(`run ${folder.runId} was cut off in block 1 of 2: its process ${killed.child.pid}`),
  );
  assert.match(
    status.stdout,
    new RegExp(`${folder.runId} was interrupted in block 1 of 2: dyno run --resume`),
  );

  for (const file of [script, lab.experimentFile]) {
    const before = readFileSync(file, 'utf8');
    appendFileSync(file, '\n// another one\n');
    const refused = await lab.resume();
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /cannot go on, its rounds would not be comparable/);
    assert.match(refused.stderr, new RegExp(`${file.split('/').at(-1)} has changed`));
    writeFileSync(file, before);
  }

  assert.equal(reportOf(await lab.resume()).runId, folder.runId);
  assert.deepEqual(await folder.read('plan.json'), plan);
  const { rounds } = await folder.read('metrics.json');
  assert.deepEqual(
    rounds.map(({ block, variant }) => [block, variant]),
    await orderOf(lab),
  );
  const again = await lab.resume();
  assert.equal(again.code, 2);
  assert.equal(again.stdout, '');
  assert.match(again.stderr, /is finished, there is nothing to go on with: "dyno report /);
  await lab.assertNothingLeft();
});

test('a torn or changed sample file is found, and its block measured again', async (t) => {
  const lab = await Lab.open(t);
  reportOf(await lab.run());
  const folder = await lab.latest();
  const [first, , third] = undisturbed(await folder.rounds());
  if (!first || !third) assert.fail('four rounds');
  truncateSync(folder.file(first.samples.file), Math.floor(first.samples.bytes / 2));
  flipByte(folder.file(third.samples.file));
  const stopped = await lab.resume([{ stage: 'window', signal: 'SIGINT', group: true }]);
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.equal(folder.has('report.json'), false, 'the verdict rested on what is damaged');
  assert.deepEqual((await folder.read('metrics.json')).rounds, [], 'neither block is whole any more');
  assert.deepEqual((await folder.read('timeline.json')).latency, []);
  const ended = await lab.resume();
  for (const { samples } of [first, third]) {
    assert.match(stopped.stderr, new RegExp(`is measured again: ${samples.file} is damaged`));
  }
  assert.equal(reportOf(ended).blocks, 2);
  const damaged = (await folder.rounds()).filter(({ excluded }) => excluded?.cause === 'damaged');
  assert.deepEqual(
    damaged.map(({ round }) => round),
    [first.round, third.round],
  );
});

const k6Script = `
  import http from 'k6/http';
  export const options = { vus: 2, duration: '60s' };
  export default function () { http.get(__ENV.BASE_URL + '/items'); }`;

async function orderOf(lab: Lab): Promise<[number, string][]> {
  const { order } = await (await lab.latest()).read('plan.json');
  return order
    .slice(0, 2)
    .flatMap((names, index) => names.map((name): [number, string] => [index + 1, name]));
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
