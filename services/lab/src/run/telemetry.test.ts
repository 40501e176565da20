import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import type { Level, Note } from '@dyno/otel/names';
import { noConnections } from './fixtures/connections.ts';
import type { ServiceSpec } from './service.ts';
import { droppedIn, levelOf, lookupsIn, readNotes, withTelemetry } from './telemetry.ts';

for (const [telemetry, inject, asked, level] of [
  ['own', false, undefined, 'sampled'],
  ['own', true, undefined, 'full'],
  ['own', false, 'off', 'off'],
  ['inject', false, undefined, null],
  ['inject', true, undefined, 'full'],
  ['inject', true, 'metrics', 'metrics'],
  ['none', false, undefined, null],
  ['none', true, undefined, null],
] as const) {
  test(`telemetry ${telemetry}, ${inject ? 'looked at' : 'measured'}${asked ? `, asked for ${asked}` : ''}: ${level ?? 'as it is'}`, () => {
    const spec = specOf(telemetry, inject, asked);
    assert.equal(levelOf(spec), level);
    const env: NodeJS.ProcessEnv = withTelemetry(spec, { PORT: '1' });
    const { NODE_OPTIONS, OTEL_TRACES_SAMPLER } = env;
    assert.deepEqual(
      level === null ? env : { level: env.DYNO_TELEMETRY },
      level === null ? { PORT: '1' } : { level },
    );
    assert.equal(NODE_OPTIONS !== undefined, telemetry === 'inject' && inject);
    assert.equal(OTEL_TRACES_SAMPLER, level === 'full' ? 'always_on' : undefined);
  });
}

test('of a fast service a pass traces a share, also of requests about which the load says nothing', () => {
  const spec = { ...specOf('inject', true, 'sampled'), traceSampling: 0.1 };
  const { DYNO_TELEMETRY, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG } = withTelemetry(spec, {});
  assert.deepEqual([DYNO_TELEMETRY, OTEL_TRACES_SAMPLER], ['sampled', undefined]);
  assert.equal(OTEL_TRACES_SAMPLER_ARG, '0.1');
});

test('what the service sets itself wins', () => {
  const env = withTelemetry(specOf('own', false, undefined), { OTEL_SERVICE_NAME: 'mine' });
  assert.equal(env.OTEL_SERVICE_NAME, 'mine');
});

const traced = (pid: number): Note => ({ pid, program: 'server.js', state: 'traced' });
const ended = (pid: number, spansLost: number): Note => ({
  pid,
  state: 'ended',
  spansLost,
  metricExportsLost: 1,
});

test('losses are the sum over the processes, and unknown where one of them did not say', () => {
  assert.equal(droppedIn([]), null);
  assert.equal(droppedIn([traced(1), traced(2), ended(1, 3), ended(2, 0)]), 5);
  assert.equal(droppedIn([traced(1), traced(2), ended(1, 3)]), null);
});

test('look-ups in caches are the sum over the processes, and unknown where one of them did not say', () => {
  const counted = (pid: number, hits: number): Note => ({
    ...(ended(pid, 0) as Note & { state: 'ended' }),
    caches: [
      { cache: 'memory', hits, misses: 1 },
      { cache: `only ${pid}`, hits: 0, misses: 2 },
    ],
  });
  assert.deepEqual(lookupsIn([traced(1), traced(2), counted(1, 10), counted(2, 5)]), [
    { cache: 'memory', hits: 15, misses: 2 },
    { cache: 'only 1', hits: 0, misses: 2 },
    { cache: 'only 2', hits: 0, misses: 2 },
  ]);
  assert.equal(lookupsIn([traced(1), traced(2), counted(1, 10)]), null);
  assert.equal(lookupsIn([traced(1), ended(1, 0)]), null, 'a service without a cache');
});

test('a line that was cut off does not hide the others', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-telemetry-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'notes');
  writeFileSync(file, `${JSON.stringify(traced(1))}\n{"pid":`);
  assert.deepEqual(await readNotes(file), [traced(1)]);
  assert.deepEqual(await readNotes(join(folder, 'none')), []);
});

function specOf(
  telemetry: 'own' | 'inject' | 'none',
  inject: boolean,
  level: Level | undefined,
): ServiceSpec {
  return {
    project: '/',
    service: experimentSchema.shape.service.parse({ name: 'api', command: ['node', 'server.js'], telemetry }),
    variant: { name: 'plain', title: '', env: {} },
    port: 1,
    connections: { ...noConnections, otlpUrl: 'http://127.0.0.1:2' },
    runId: 'run',
    round: '1',
    logFile: '/log/round.log',
    inject,
    ...(level ? { level } : {}),
  };
}
