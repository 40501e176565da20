import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MadeUpAblation, madeUpAblation, shopLike } from '../report/fixtures/ablation.ts';
import { analyseAblation } from './ablation.ts';
import { winningGroups } from './winningGroups.ts';

/** A worth for each switch; 16 of them in four groups. */
const worths = new Map([
  ...[0.3, 0.6, 0.9, 1, 0.8].map((worth, index): [string, number] => [`database-${index}`, worth]),
  ...[0.5, 1.1, 0.7, 1].map((worth, index): [string, number] => [`caching-${index}`, worth]),
  ...[1.2, 1, 1.1].map((worth, index): [string, number] => [`code-${index}`, worth]),
  ...[1, 1, 1, 1].map((worth, index): [string, number] => [`process-${index}`, worth]),
]);

const made: MadeUpAblation = {
  ...shopLike,
  switches: [...worths.keys()].map((name) => ({ name, group: name.replace(/-\d$/, '') })),
  service: (on) => {
    const cpu = on.reduce((product, name) => product * (worths.get(name) ?? 1), 40);
    return { meanMs: 4 * cpu, cpuMsPerRequest: cpu };
  },
};

test('more switches than one design tells apart: by groups first, then each inside the groups that win', () => {
  const groups = analyseAblation(madeUpAblation(made));
  assert.match(groups.sentence, /^4 groups together: /);
  const winners = winningGroups(groups);
  assert.deepEqual(winners.groups, ['database', 'caching']);
  assert.deepEqual(winners.left, []);
  assert.ok(winners.switches.every((name) => /^(database|caching)-/.test(name)));

  const inside = analyseAblation(
    madeUpAblation({
      ...made,
      switches: made.switches.filter(({ name }) => winners.switches.includes(name)),
    }),
  );
  assert.equal(inside.metrics[0]?.switches.length, 9);
  for (const { name, worth } of inside.metrics[0]?.switches ?? []) {
    const truth = worths.get(name) ?? 1;
    assert.ok(Math.abs(worth.estimate / truth - 1) < 0.1, `${name}: ${worth.estimate}, expected ${truth}`);
  }
  assert.deepEqual(winningGroups(inside).groups, [], 'they are switches');
});

test('a group that does not fit beside a better one is named; one that does not help wins nothing', () => {
  const many = new Map([
    ...Array.from({ length: 9 }, (_, index): [string, number] => [`database-${index}`, 0.8]),
    ...Array.from({ length: 5 }, (_, index): [string, number] => [`caching-${index}`, 0.9]),
    ...Array.from({ length: 2 }, (_, index): [string, number] => [`code-${index}`, 1.2]),
  ]);
  const large = analyseAblation(
    madeUpAblation({
      ...made,
      switches: [...many.keys()].map((name) => ({ name, group: name.replace(/-\d$/, '') })),
      service: (on) => {
        const cpu = on.reduce((product, name) => product * (many.get(name) ?? 1), 40);
        return { meanMs: 4 * cpu, cpuMsPerRequest: cpu };
      },
    }),
  );
  const { groups, left } = winningGroups(large);
  assert.deepEqual([groups, left], [['database'], ['caching']]);
  assert.deepEqual(winningGroups({ ...large, valid: false }).groups, []);
});
