import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Lab } from './faults/lab.ts';
import type { Strike } from './faults/strike.ts';

/** Results on a disk of its own, in a mount namespace that nobody else sees. */
const canMount =
  spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', tmpdir()]).status === 0;
const options = { skip: canMount ? false : 'user namespaces are off here' };

for (const mebibytes of [1, 4, 16]) {
  test(
    `a disk of ${mebibytes} MiB is told before anything starts, with what is missing`,
    options,
    async (t) => {
      const lab = await Lab.open(t);
      const { codes, stderr } = await inside(lab, mebibytes, [[], 'run', '$EXPERIMENT']);
      assert.deepEqual(codes, [4], stderr);
      const [, missing] = /There is no room .*: free (\d+) MiB, then try again/.exec(stderr) ?? [];
      assert.ok(Number(missing) > 150 && Number(missing) <= 202, stderr);
      assert.doesNotMatch(stderr, /k6 +ready/);
      await lab.assertNothingLeft();
    },
  );
}

/** Enough for the run, until somebody else takes it all. */
const enoughMebibytes = 230;
const fill = 'cat /dev/zero > "$DYNO_RESULTS/ballast" 2>/dev/null || true';

/** Where it is our own files that find no room, everyOperation.test.ts has a default of its own. */
const moments: { stage: string; strike: Strike; rare?: true }[] = [
  { stage: 'set-up', strike: { before: 'environment.json', shell: fill }, rare: true },
  { stage: 'window', strike: { stage: 'window', shell: fill } },
  { stage: 'conversion', strike: { before: '.parquet', shell: fill } },
  { stage: 'report', strike: { before: 'evidence.json', shell: fill }, rare: true },
];

for (const { stage, strike } of moments.filter(({ rare }) => process.env.FAULTS === 'whole' || !rare)) {
  test(
    `a disk that fills up in ${stage}: said with what to free, and gone on with when there is room`,
    options,
    async (t) => {
      const lab = await Lab.open(t);
      const goesOn: Step =
        stage === 'set-up'
          ? [[], 'run', '$EXPERIMENT', '--json']
          : [[], 'run', '--resume', 'latest', '--json'];
      const { codes, stderr, stdout } = await inside(
        lab,
        enoughMebibytes,
        [[strike], 'run', '$EXPERIMENT', '--json'],
        `mount -o remount,size=${enoughMebibytes * 3}m "$DYNO_RESULTS"`,
        goesOn,
      );
      assert.equal(codes[0], 4, stderr);
      assert.ok([0, 1, 3].includes(codes[1] ?? -1), `${codes}: ${stderr}`);
      // What was freed in between may do for the round under way: then it is the next one that has no room.
      assert.match(stderr, /(?:The disk is full:|There is no room) .*[Ff]ree \d+ MiB, then go on.* --resume/);
      assert.doesNotMatch(stderr, /\n {4}at /, 'a sentence, no stack');
      assert.equal(JSON.parse(stdout).blocks, 2);
      await lab.assertNothingLeft();
    },
  );
}

test(
  'results that may only be read: refused before anything starts, reading still works',
  options,
  async (t) => {
    const lab = await Lab.open(t);
    const readOnly = 'mount -o remount,ro "$DYNO_RESULTS"';
    const { codes, stderr } = await inside(lab, 16, readOnly, [[], 'run', '$EXPERIMENT'], [[], 'status']);
    assert.deepEqual(codes, [2, 0], stderr);
    assert.match(stderr, /Results cannot be written to .*EROFS.*DYNO_RESULTS/);
    assert.doesNotMatch(stderr, /k6 +ready/);
    await lab.assertNothingLeft();
  },
);

type Step = string | [Strike[], ...string[]];

/** One after the other on a disk of that size: calls of the command line, and commands of the shell between them. */
async function inside(
  lab: Lab,
  mebibytes: number,
  ...steps: Step[]
): Promise<{ codes: number[]; stdout: string; stderr: string }> {
  mkdirSync(lab.results, { recursive: true });
  const script = [
    `mount -t tmpfs -o size=${mebibytes}m none "$DYNO_RESULTS"`,
    ...steps.map((step) => (typeof step === 'string' ? step : callOf(step))),
  ].join('\n');
  const child = spawn('unshare', ['-Urm', 'sh', '-c', script], {
    env: { ...lab.environment(), EXPERIMENT: lab.experimentFile, CODES: join(lab.folder, 'codes') },
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const codes = readFileSync(join(lab.folder, 'codes'), 'utf8').trim().split('\n').map(Number);
  return { codes, stdout, stderr };
}

function callOf([strikes, ...args]: [Strike[], ...string[]]): string {
  const strike = join(import.meta.dirname, 'faults/strike.ts');
  const command = [process.execPath, '--import', strike, 'services/lab/src/cli.ts', ...args];
  const wait = args.includes('run') ? ' --wait' : '';
  return `STRIKES='${JSON.stringify(strikes).replaceAll("'", "'\\''")}' ${command.map(quote).join(' ')}${wait}; echo $? >> "$CODES"`;
}

function quote(argument: string): string {
  return argument.startsWith('$') ? `"${argument}"` : `'${argument}'`;
}
