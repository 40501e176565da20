import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import { type Comparison, experimentOf, pairsOf, type Side, slugOf } from './compare.ts';

const same: Side = { kind: 'same', text: 'as it is', env: {} };
const comparison: Comparison = {
  cwd: '/srv/shop',
  name: 'shop',
  command: ['npm', 'start'],
  baseline: same,
  candidate: same,
  env: {},
  load: { vus: 10, assigns: true, requests: [{ target: '/', method: 'GET', headers: {}, weight: 1 }] },
  service: { needs: [], telemetry: 'inject' },
  thresholds: [],
  ignore: [],
  mode: 'auto',
  passes: { traceSeconds: 5, profile: false },
};

function made(changes: Partial<Comparison>) {
  return experimentSchema.parse(experimentOf({ ...comparison, ...changes }));
}

test('two environments run the same command; a secret is not shown', () => {
  const env = { CACHE: 'on', API_TOKEN: 'hunter2' };
  const { service, baseline, candidates, title } = made({ candidate: { ...same, env } });
  assert.deepEqual(service.command, ['npm', 'start']);
  assert.deepEqual(candidates[0]?.env, env);
  assert.equal(baseline.title, 'as it is');
  assert.equal(title, 'shop: as it is against CACHE=on API_TOKEN=***');
});

test('two refs run in their checkouts, in the same folder of the repository', () => {
  const side = (text: string, folder: string): Side => ({
    kind: 'ref',
    text,
    ref: { commit: 'a'.repeat(40), repository: '/srv', folder },
    env: {},
  });
  const { baseline, candidates } = made({ baseline: side('main', 'shop'), candidate: side('HEAD', 'shop') });
  assert.equal(baseline.cwd, 'shop');
  assert.deepEqual(candidates[0]?.ref, { name: 'HEAD', commit: 'a'.repeat(40), repository: '/srv' });
  assert.equal(baseline.title, 'main (aaaaaaaaaa)');
  assert.throws(() => made({ baseline: side('main', '../other') }), /lies outside of \/srv/);
  const worktree = made({ candidate: { kind: 'ref', text: 'work tree', env: {} } });
  assert.equal(worktree.candidates[0]?.cwd, '/srv/shop');
});

test('two addresses are judged without CPU and not observed', () => {
  const url = (port: number): Side => ({ kind: 'url', text: `http://127.0.0.1:${port}`, env: {} });
  const { gated, service, plans } = made({ baseline: url(1), candidate: url(2), command: [] });
  assert.deepEqual(gated, ['latency.mean', 'latency.p95', 'errors.rate']);
  assert.equal(service.telemetry, 'none');
  assert.equal(plans.quick?.tracePassSeconds, 0);
  assert.throws(() => made({ baseline: url(1) }), /Either both are addresses/);
  const told = { ...url(2), env: { CACHE: 'on' } };
  assert.throws(
    () => made({ baseline: url(1), candidate: told, passes: { ...comparison.passes, profile: true } }),
    /neither started nor set up: leave out --set, --profile/,
  );
});

test('ready is a path or a pattern', () => {
  const ready = (text: string) => made({ service: { ...comparison.service, ready: text } }).service;
  assert.equal(ready('/health').readyPath, '/health');
  assert.equal(ready('listening on \\d+').readyPattern, 'listening on \\d+');
});

test('pairs keep everything behind the first equals sign', () => {
  assert.deepEqual(pairsOf(['A=b=c', 'EMPTY='], '--set'), { A: 'b=c', EMPTY: '' });
  assert.throws(() => pairsOf(['1A=b'], '--set'), /--set 1A=b: write KEY=value/);
});

test('a slug is made of any name', () => {
  assert.equal(slugOf('@Shop/Web API'), 'shop-web-api');
  assert.equal(slugOf(`${'a'.repeat(39)}-b`), 'a'.repeat(39));
  assert.equal(slugOf('日本'), 'service');
});
