import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { ablationSchema } from '@dyno/contracts/ablation';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { lowPort } from '../../../api/src/testing/ports.ts';
import { withConfirmation } from '../experiment/ablationPlan.ts';
import { sampledAblation, sampledRounds } from '../fixtures/storedAblation.ts';
import { madeUpRounds, shopLike } from '../report/fixtures/ablation.ts';
import { ablationsFolder, RunFolder } from '../run/results.ts';

const cli = join(import.meta.dirname, '..', 'cli.ts');
let root: string;
let results: string;
let port: number;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dyno-ablate-'));
  results = join(root, 'results');
  port = await lowPort();
  await sampledAblation(results, { ...shopLike, runId: 'made-up' });
  await writeFile(join(root, 'service.mjs'), service);
  await writeFile(join(root, 'tiny.mjs'), experiment);
  await writeFile(join(root, 'groups.mjs'), groupsExperiment);
});

after(() => rm(root, { recursive: true }));

/** Its work is some hashes, by its two switches. */
const service = `import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
const on = (process.env.FEATURES ?? '').split(',');
const rows = (on.includes('half') ? 20 : 40) * (on.includes('third') ? 1 / 3 : 1);
createServer((request, response) => {
  for (let row = 0; row < rows; row += 1) createHash('sha256').update('x'.repeat(1000)).digest();
  response.end('{}');
}).listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
`;

const experiment = `export default {
  name: 'tiny',
  title: 'Two switches',
  service: { name: 'tiny', command: ['node', 'service.mjs'], telemetry: 'none' },
  load: { requests: [{ target: '/' }], vus: 1 },
  baseline: { name: 'off' },
  candidates: [{ name: 'on' }],
  switches: { variable: 'FEATURES', of: [{ name: 'half' }, { name: 'third' }] },
  plans: { quick: { blocks: { min: 2, max: 2 }, warmupSeconds: 0, windowSeconds: 1, tracePassSeconds: 0, profilePassSeconds: 0 } },
};
`;

/** Fourteen switches: more than one design tells apart, and its groups do not fit into one together. */
const groupsExperiment = `const group = (name, size) =>
  Array.from({ length: size }, (_, index) => ({ name: name + '-' + index, group: name }));
export default {
  name: 'groups',
  title: 'Fourteen switches in two groups',
  service: { name: 'tiny', command: ['node', 'service.mjs'], telemetry: 'none' },
  load: { requests: [{ target: '/' }], vus: 1 },
  baseline: { name: 'off' },
  candidates: [{ name: 'on' }],
  switches: { variable: 'FEATURES', of: [...group('database', 8), ...group('caching', 6)] },
  plans: { quick: { blocks: { min: 2, max: 2 }, warmupSeconds: 0, windowSeconds: 1, tracePassSeconds: 0, profilePassSeconds: 0 } },
};
`;

test('one that is stopped keeps what is whole, and goes on where it was', async () => {
  const stopped = await dynoUntil(
    / {2}block 2\//,
    'ablate',
    'tiny.mjs',
    '--warmup',
    '0',
    '--duration',
    '0.3',
  );
  assert.equal(stopped.status, exitCodes.interrupted, stopped.stderr);
  const id = /Go on with: dyno ablate --resume (\S+)/.exec(stopped.stderr)?.[1] ?? '';
  const folder = await RunFolder.open(ablationsFolder(results), id);
  const rounds = await folder.rounds();
  assert.ok(rounds.length >= 2, 'the first block is whole');
  const { order, plan } = await folder.read('plan.json');

  const early = dyno('report', id);
  assert.equal(early.status, exitCodes.invalid);
  assert.equal(plan.blocks.max, 3 * 12 + 2 + 2, 'three replicates, a block a switch, and what confirms');
  assert.match(early.stderr, /has \d of 40 blocks: go on with "dyno ablate --resume /);
  assert.match(
    dyno('status').stdout,
    new RegExp(`${id} was interrupted .*: dyno ablate --resume ${id}$`, 'm'),
  );
  expectRefusal(dyno('report'), /There is no run in .* yet/);

  const again = await dynoUntil(/ {2}block 3\//, 'ablate', '--resume', id);
  assert.equal(again.status, exitCodes.interrupted, again.stderr);
  assert.doesNotMatch(again.stderr, / {2}block 1\//, 'not measured again');
  assert.deepEqual((await folder.read('plan.json')).order, order);
  const more = await folder.rounds();
  assert.deepEqual(more.slice(0, rounds.length), rounds);
  assert.ok(more.length > rounds.length);
});

test('report: the waterfall, the table, a sentence on each switch; in every format that it has', async () => {
  const printed = dyno('report', 'made-up');
  assert.equal(printed.status, exitCodes.pass, printed.stderr);
  const terminal = printed.stdout.replaceAll('\u00a0', ' ');
  for (const line of [
    /^ {2}indexes .*█+.*÷4\.\d+ \[÷.* to ÷/m,
    /^ {2}hurts .*▒+.*\+2/m,
    /^ {2}everything, as measured .*◆.*\[÷/m,
    /^ {2}switch +worth +95 % interval +alone +together +interaction +verdict$/m,
    /^ {2}- indexes: .*cache takes part of it when both are on\.$/m,
    /they agree\.$/m,
  ]) {
    assert.match(terminal, line);
  }
  assert.match(
    dyno('report', 'made-up', '--format', 'markdown').stdout,
    /^# A service that never was: what each/,
  );
  assert.equal(ablationSchema.parse(JSON.parse(dyno('report', 'made-up', '--json').stdout)).runId, 'made-up');
  const file = join(root, 'ablation.html');
  assert.equal(dyno('report', 'made-up', '-o', file).status, exitCodes.pass);
  assert.match(await readFile(file, 'utf8'), /^<!doctype html>[\s\S]*chart-waterfall[\s\S]*<\/html>\n$/);
  const remade = dyno('report', 'made-up', '--remake', '--json');
  assert.deepEqual(JSON.parse(remade.stdout), JSON.parse(dyno('report', 'made-up', '--json').stdout));
  expectRefusal(
    dyno('report', 'made-up', '--format', 'junit'),
    /written as text, Markdown, JSON, CSV, HTML or PDF, not as junit/,
  );
  const csv = dyno('report', 'made-up', '--format', 'csv').stdout.trim().split('\n');
  assert.match(csv[0] ?? '', /^ablation,experiment,.*,worth,worth_low,worth_high,.*,verdict,confirmed$/);
  assert.equal(csv.length, 1 + 3 * (5 + 3), 'a row a switch and metric, and three for all of them');
});

test('more than twelve switches: the groups, and then by itself inside the one that wins, with the other off', async () => {
  const lengths = ['--warmup', '0', '--duration', '0.2', '--replicates', '2'];
  const stopped = await dynoUntil(/ {2}block 1\//, 'ablate', 'groups.mjs', ...lengths);
  const id = idOf(stopped);
  await measureAllButTheLastBlock(await RunFolder.open(ablationsFolder(results), id));

  const ended = await dynoUntil(/now inside them[\s\S]* {2}block 2\//, 'ablate', '--resume', id);
  assert.equal(ended.status, exitCodes.interrupted, ended.stderr);
  assert.match(ended.stdout.replaceAll('\u00a0', ' '), /2 groups together: .*database ÷/);
  assert.match(ended.stderr, /caching helps, too, and with its switches there would be more than 12/);
  assert.match(ended.stderr, /the groups database are worth most: now inside them, database-0, .*database-7/);
  const inside = await RunFolder.open(ablationsFolder(results), idOf(ended));
  const { ablation, experiment: made } = await inside.read('plan.json');
  assert.deepEqual(ablation?.inside, ['database']);
  assert.deepEqual(
    ablation?.factors.map(({ name }) => name),
    Array.from({ length: 8 }, (_, index) => `database-${index}`),
  );
  const allOn = made.candidates.find(({ name }) => name === 'all-on');
  assert.equal(allOn?.env.FEATURES?.split(',').length, 8, 'those of the other group are off');
  assert.ok((await inside.rounds()).length >= 2, 'measured for real');
});

const idOf = ({ stderr }: Ended): string => /Go on with: dyno ablate --resume (\S+)/.exec(stderr)?.[1] ?? '';

/** As if it had: the design and what confirms it, of a service in which both groups help. */
async function measureAllButTheLastBlock(folder: RunFolder): Promise<void> {
  const stored = await folder.read('plan.json');
  const plan = withConfirmation(stored, ['database', 'caching']);
  const service = (on: readonly string[]) => {
    const has = (group: string) => on.some((name) => name.startsWith(group));
    const cpu = 8 * (has('database') ? 0.2 : 1) * (has('caching') ? 0.5 : 1);
    return { meanMs: cpu, cpuMsPerRequest: cpu };
  };
  const { metrics, rounds } = madeUpRounds(plan, { service, noise: 0.03, seed: 7 });
  const kept = rounds
    .filter(({ block }) => block < plan.order.length)
    // This machine has another speed than the one that never was.
    .map((round) => ({ ...round, sentinel: null }));
  await folder.writePlan(plan);
  await folder.writeRounds(await sampledRounds(folder, { rounds: kept, metrics }, 7));
}

test('one that is exported is imported and verified as what it is', async () => {
  const file = join(root, 'made-up.tar.gz');
  const written = dyno('export', 'made-up', '-o', file);
  assert.equal(written.status, exitCodes.pass, written.stderr);
  const elsewhere = { DYNO_RESULTS: join(root, 'elsewhere') };
  const read = dynoWith(elsewhere, 'import', file);
  assert.equal(read.stdout, 'made-up\n', read.stderr);
  const verified = dynoWith(elsewhere, 'verify', 'made-up');
  assert.equal(verified.status, exitCodes.pass, verified.stdout);
  assert.match(verified.stdout, /^✓ ablation\.json +\d.* compared, all agree\nAblation made-up agrees/m);
});

test('what cannot be done is refused with the way out', () => {
  expectRefusal(
    dyno('ablate', 'tiny.mjs', '--switches', 'half,nix'),
    /no switch "nix": choose from half, third/,
  );
  expectRefusal(dyno('ablate', 'tiny.mjs', '--replicates', '1'), /A number from 2 to 8/);
  expectRefusal(dyno('ablate', 'tiny.mjs', '--resume', 'latest'), /keeps its plan: leave out tiny\.mjs/);
  expectRefusal(dyno('ablate', '--resume', 'made-up'), /made-up is finished.*"dyno report made-up" shows it/);
  expectRefusal(dyno('ablate', '--resume', 'nobody'), /There is no run "nobody"/);
});

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

const environment = () => ({
  ...process.env,
  DYNO_HOME: join(root, 'home'),
  DYNO_RESULTS: results,
  DYNO_PORT__SERVICE: String(port),
  NO_COLOR: '1',
});

const dyno = (...args: string[]): Ended => dynoWith({}, ...args);

function dynoWith(changed: Record<string, string>, ...args: string[]): Ended {
  const env = { ...environment(), ...changed };
  return spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', cwd: root, env });
}

/** Ctrl-C as soon as it says that; another measurement on this machine is waited for. */
async function dynoUntil(said: RegExp, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...args, '--wait'], { cwd: root, env: environment() });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    if (said.test(stderr) && !child.killed) child.kill('SIGINT');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stdout = await text(child.stdout);
  return { status: await ended, stdout, stderr };
}

/** One sentence, no stack of calls. */
function expectRefusal({ status, stdout, stderr }: Ended, message: RegExp): void {
  assert.equal(status, exitCodes.usage, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /\n {4}at /);
}
