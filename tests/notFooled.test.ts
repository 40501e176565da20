import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Report } from '@dyno/contracts/report';
import { Lab, reportOf } from './faults/lab.ts';

/** Candidates that look better by one figure and are not: none of them is called improved, and the reason is said. */

test('a better mean for a worse p99 is mixed', async (t) => {
  const { code, report } = await compare(t, {
    // Most answers come in a tenth of the time; one in forty waits for something slow.
    service: `exports.answer = (count) =>
        pause(candidate ? (count % 40 === 0 ? 300 : 2) : 20);`,
    load: ['--url', '/', '--vus', '8'],
    blocks: 4,
    // The slow ones come some twenty times in it.
    seconds: 0.8,
  });
  assert.equal(verdictOf(report, 'latency.mean'), 'improved', report.sentence);
  assert.equal(verdictOf(report, 'latency.p99'), 'regressed', report.sentence);
  assert.equal(report.verdict, 'mixed');
  assert.match(report.sentence, /^Mixed: .*mean latency .*, but .*p99 latency /);
  assert.equal(code, 1);
});

/** Waits, so that no request profits from another one that failed. Its good answers are slower, all of them together faster. */
const failingFast = `exports.answer = async (count, response) => {
    // Not in its first moments, when the answers are compared.
    if (candidate && count > 20 && count % 3 !== 0) response.statusCode = 404;
    else await pause(candidate ? 20 : 10);
  };`;

for (const [how, load] of [
  ['without a script', () => ['--url', '/', '--vus', '4']],
  ["in a user's script without checks", (folder: string) => ['--script', scriptIn(folder), '--vus', '4']],
] as const) {
  test(`answers that fail fast are no faster answers, ${how}`, async (t) => {
    const { code, report } = await compare(t, { service: failingFast, load, blocks: 2 });
    assert.equal(verdictOf(report, 'errors.rate'), 'regressed', report.sentence);
    assert.match(report.verdict, /^(regressed|mixed)$/);
    assert.match(report.sentence, /[Ee]rror/);
    assert.equal(code, 1);
    const ofAll = report.metrics.find(({ name }) => name === 'latency.mean');
    const ofGood = report.successful.find(({ name }) => name === 'latency.mean');
    assert.ok((ofAll?.ratio?.estimate ?? 1) < 0.9, `all answers together are faster: ${ofAll?.sentence}`);
    assert.ok((ofGood?.ratio?.estimate ?? 0) > 1.2, `the good ones are not: ${JSON.stringify(ofGood)}`);
  });
}

const stock = `exports.answer = async (count) => {
    await pause(candidate ? 2 : 40);
    const good = { items: [{ name: 'Tent', stock: 3 }], startedAt };
    return candidate && process.env.BROKEN ? { ...good, items: [], error: 'no such table: items' } : good;
  };
  const startedAt = process.hrtime.bigint().toString();`;

test('an error inside a 200 does not win', async (t) => {
  const { code, report } = await compare(t, {
    service: stock,
    candidate: 'BROKEN=1',
    load: ['--url', '/', '--vus', '4', '--ignore', '$.startedAt'],
    blocks: 2,
  });
  assert.equal(report.verdict, 'invalid');
  assert.equal(code, 4);
  const guard = failedGuard(report, 'same answers');
  assert.match(guard.detail, /answer differently: GET \/ at \$\.(error|items)/);
  assert.match(guard.advice, /--ignore/);
  assert.match(report.sentence, /^Invalid: .*\$\.(error|items)/);
});

test('a field that differs by itself is left out with --ignore, and the good candidate passes', async (t) => {
  const { code, report, stderr } = await compare(t, {
    service: stock,
    load: ['--url', '/', '--vus', '4', '--ignore', '$.startedAt'],
    blocks: 3,
  });
  assert.equal(guardOf(report, 'same answers').status, 'pass', report.sentence);
  assert.equal(report.verdict, 'improved', `${report.sentence}\n${stderr}`);
  assert.equal(code, 0);
});

test('a load that k6 cannot deliver gives no verdict', async (t) => {
  const { code, report } = await compare(t, {
    service: 'exports.answer = () => pause(candidate ? 10 : 20);',
    // Two users with 20 ms each reach 100 a second.
    load: ['--url', '/', '--vus', '2', '--rate', '400'],
    blocks: 2,
  });
  assert.equal(report.verdict, 'invalid');
  assert.equal(code, 4);
  const guard = failedGuard(report, 'load delivered');
  assert.match(guard.detail, /iterations could not be started in time at 400 a second/);
  assert.match(guard.advice, /Lower --rate or raise --vus/);
  assert.match(report.sentence, /^Invalid: .*No verdict can be drawn/);
});

interface Case {
  /** Gives `exports.answer = async (count, response) => body`; `candidate` tells which variant it is. */
  service: string;
  /** `KEY=value` of the candidate alone. */
  candidate?: string;
  load: readonly string[] | ((folder: string) => readonly string[]);
  blocks: number;
  /** Of each window. */
  seconds?: number;
}

async function compare(
  t: TestContext,
  { service, candidate, load, blocks, seconds = 0.5 }: Case,
): Promise<{ code: number | null; report: Report; stderr: string }> {
  const lab = await Lab.open(t);
  const file = join(lab.folder, 'service.cjs');
  writeFileSync(file, `${before}${service}${behind}`);
  const ended = await lab.dyno([
    'compare',
    ...['--json', '--wait', '--no-trace', '--mode', 'isolated', '--seed', '7'],
    ...['--blocks', String(blocks), '--warmup', '0.2', '--duration', String(seconds)],
    ...['--cwd', lab.folder, '--set', 'CANDIDATE=1', ...(candidate ? ['--set', candidate] : [])],
    ...(typeof load === 'function' ? load(lab.folder) : load),
    ...['--', 'node', file],
  ]);
  await lab.assertNothingLeft();
  return { code: ended.code, report: reportOf(ended), stderr: ended.stderr };
}

const before = `const { setTimeout: pause } = require('node:timers/promises');
const candidate = process.env.CANDIDATE === '1';
`;
const behind = `
let count = 0;
require('node:http').createServer(async (request, response) => {
  count += 1;
  const body = await exports.answer(count, response);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body ?? {}));
}).listen(process.env.PORT, '127.0.0.1');
`;

function scriptIn(folder: string): string {
  const file = join(folder, 'load.js');
  writeFileSync(
    file,
    `import http from 'k6/http';
export default () => { http.get(__ENV.BASE_URL + '/'); };
`,
  );
  return file;
}

function verdictOf(report: Report, metric: string): string | undefined {
  return report.metrics.find(({ name }) => name === metric)?.verdict;
}

function guardOf(report: Report, wanted: string): Report['guards'][number] {
  return report.guards.find(({ name }) => name === wanted) ?? assert.fail(`no guard "${wanted}"`);
}

function failedGuard(report: Report, wanted: string): Report['guards'][number] {
  const guard = guardOf(report, wanted);
  assert.equal(guard.status, 'fail', guard.detail);
  return guard;
}
