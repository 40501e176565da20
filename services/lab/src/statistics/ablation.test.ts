import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ablation } from '@dyno/contracts/ablation';
import { type MadeUpAblation, madeUpAblation, shopLike } from '../report/fixtures/ablation.ts';
import { type AblationFiles, analyseAblation } from './ablation.ts';

const ablationOf = (made: MadeUpAblation): Ablation => analyseAblation(madeUpAblation(made));
const switchOf = (ablation: Ablation, name: string) => {
  const found = ablation.metrics[0]?.switches.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
};

test('worth in order, alone and on top of all others as they are; what hurts is named, and what does nothing', () => {
  const ablation = ablationOf(shopLike);
  const [cpu] = ablation.metrics;
  assert.deepEqual(
    ablation.metrics.map(({ name }) => name),
    ['cpu.perRequest', 'latency.mean', 'latency.p95'],
  );
  assert.deepEqual(
    cpu?.switches.map(({ name }) => name),
    ['indexes', 'cache', 'batched', 'nothing', 'hurts'],
  );
  assertNear(switchOf(ablation, 'cache').alone.estimate, 11 / 50);
  assertNear(switchOf(ablation, 'cache').together.estimate, 1.8 / 4);
  assertNear(switchOf(ablation, 'cache').interaction.estimate, 1.8 / 4 / (11 / 50));
  assertNear(switchOf(ablation, 'hurts').worth.estimate, 1.25);
  assert.equal(switchOf(ablation, 'hurts').verdict, 'regressed');
  assert.notEqual(switchOf(ablation, 'nothing').verdict, 'improved');
  assert.match(switchOf(ablation, 'hurts').sentence, /^hurts: hurts, \+2\d.*CPU per request \[/);
  assert.match(switchOf(ablation, 'indexes').sentence, /cache takes part of it when both are on/);
  const sentence = ablation.sentence.replaceAll('\u00a0', ' ');
  assert.match(sentence, /^5 switches together: CPU per request 50.* ms → 2\.2.* ms, ÷2\d/);
  assert.match(sentence, /Worth most, .*indexes ÷.*What hurts: hurts \+2/);
  assert.deepEqual(
    cpu?.switches.filter(({ confirmed }) => confirmed).map(({ name }) => name),
    ['indexes', 'cache', 'batched'],
  );
});

test('the product of the worths is held against everything on, measured beside everything off', () => {
  const { metrics } = ablationOf(shopLike);
  const [cpu] = metrics;
  assert.ok(cpu);
  assertNear(cpu.whole.estimate, 2.25 / 50);
  assertNear(cpu.product.estimate * cpu.remainder.estimate, cpu.whole.estimate, 1e-9);
  assertNear(
    cpu.product.estimate,
    cpu.switches.reduce((product, { worth }) => product * worth.estimate, 1),
    1e-9,
  );
  assert.equal(cpu.agrees, true);
  assert.match(cpu.sentence, /they agree\.$/);
});

test('a combination that fails does not count, and is named; so do variants that answer differently', () => {
  const files = madeUpAblation(shopLike);
  const broken: AblationFiles = {
    ...files,
    rounds: files.rounds.map((round) =>
      round.round === 5 ? { ...round, load: { ...round.load, failed: round.load.requests } } : round,
    ),
  };
  const ablation = analyseAblation(broken);
  assert.equal(ablation.valid, false);
  assert.match(ablation.sentence, /^Does not count: 100\.0 % of the requests of round 5 failed, with /);
  const other = {
    method: 'GET',
    target: '/',
    kind: 'body' as const,
    path: '$.a',
    baseline: '1',
    candidate: '2',
  };
  const differing = analyseAblation({
    ...files,
    responses: { schemaVersion: 3, compared: 1, missing: '', differing: [other] },
  });
  assert.equal(differing.valid, false);
});

test('a Redis that was not emptied is a warning; that it was is said only where the rounds say so', () => {
  const guardOf = (redisEmptied: (round: number) => boolean | undefined) => {
    const files = madeUpAblation(shopLike);
    const rounds = files.rounds.map((round) => ({ ...round, redisEmptied: redisEmptied(round.round) }));
    const { guards, method, valid } = analyseAblation({ ...files, rounds });
    assert.equal(valid, true);
    const guard = guards.find(({ name }) => name.includes('Redis'));
    return {
      status: guard?.status,
      detail: guard?.detail,
      claims: method.includes('no answers left in Redis'),
    };
  };
  const emptied = guardOf(() => true);
  assert.deepEqual([emptied.status, emptied.claims], ['pass', true]);
  const refused = guardOf((round) => round !== 2 && round !== 7);
  assert.deepEqual([refused.status, refused.claims], ['warn', false]);
  assert.match(refused.detail ?? '', /^Rounds 2, 7: Redis was not emptied/);
  const before = guardOf(() => undefined);
  assert.deepEqual([before.status, before.claims], [undefined, false]);
});

test('of a service whose CPU is not known the latencies are taken apart', () => {
  const files = madeUpAblation(shopLike);
  const rounds = files.metrics.rounds.map((one) => ({
    ...one,
    values: { ...one.values, 'cpu.perRequest': null },
  }));
  const ablation = analyseAblation({ ...files, metrics: { ...files.metrics, rounds } });
  assert.deepEqual(
    ablation.metrics.map(({ name }) => name),
    ['latency.mean', 'latency.p95'],
  );
});

test('twelve switches fill the design', () => {
  const switches = Array.from({ length: 12 }, (_, index) => ({ name: `s${index}` }));
  const service = (on: readonly string[]) => {
    const cpu = 40 * on.reduce((product, name) => product * (1 - Number(name.slice(1)) / 40), 1);
    return { meanMs: cpu, cpuMsPerRequest: cpu };
  };
  const ablation = ablationOf({ ...shopLike, switches, service, replicates: 3 });
  for (const { name } of switches)
    assertNear(switchOf(ablation, name).worth.estimate, 1 - Number(name.slice(1)) / 40);
  assert.equal(ablation.metrics[0]?.agrees, true);
});

function assertNear(actual: number, expected: number, share = 0.1): void {
  assert.ok(Math.abs(actual / expected - 1) < share, `${actual}, expected ${expected}`);
}
