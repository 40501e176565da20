import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { progressFileSchema } from '@dyno/contracts/run';
import { Lab, reportOf, serviceProgram, untilLong } from './faults/lab.ts';

const longPlan = { plan: { warmupSeconds: 0.5, windowSeconds: 60 } };

test('two command lines at once: the second is told who measures, waits when it may, and everything else works', async (t) => {
  const lab = await Lab.open(t, longPlan);
  const other = await Lab.open(t);
  const first = lab.start(['run', lab.experimentFile, '--wait']);
  await untilLong('it measures', () => stageIs(lab, 'window'));

  const refused = await other.dyno(['run', other.experimentFile]);
  assert.equal(refused.code, 2);
  const holder = `run of ${lab.experimentFile}, process ${first.child.pid} since \\d{4}-\\d\\d-\\d\\dT`;
  assert.match(refused.stderr, new RegExp(`Another measurement is under way: ${holder}.*--wait`));
  assert.equal(existsSync(other.results), false, 'nothing was begun');

  const status = await lab.dyno(['status', '--json']);
  const { runs } = JSON.parse(status.stdout);
  assert.equal(status.code, 0);
  assert.deepEqual(
    runs.map((run: { state: string; progress: { pid: number } }) => [run.state, run.progress.pid]),
    [['running', first.child.pid]],
  );
  const report = await lab.dyno(['report']);
  assert.match(report.stderr, /under way|no complete block/);
  assert.doesNotMatch(report.stderr, /\n {4}at /, 'a sentence, no stack');

  const waiting = other.start(['run', other.experimentFile, '--wait', '--json']);
  let said = '';
  waiting.child.stderr?.on('data', (data) => {
    said += data;
  });
  await untilLong('it waits', () => said.includes(`waiting for run of ${lab.experimentFile}`));
  process.kill(first.child.pid, 'SIGKILL');
  assert.equal((await first.ended).signal, 'SIGKILL');
  reportOf(await waiting.ended);
  await lab.assertNothingLeft();
  await other.assertNothingLeft();
});

test('Ctrl-C twice kills at once what would not go', async (t) => {
  const lab = await Lab.open(t, { ...longPlan, command: ['node', serviceProgram, 'stubborn under load'] });
  const { child, ended } = lab.start(['run', lab.experimentFile, '--wait']);
  await untilLong('it measures', () => stageIs(lab, 'window'));
  let said = '';
  child.stderr?.on('data', (data) => {
    said += data;
  });
  process.kill(-child.pid, 'SIGINT');
  await untilLong('it stops', () => said.includes('once more kills at once'));
  process.kill(-child.pid, 'SIGINT');
  assert.equal((await ended).code, 130);
  await lab.assertNothingLeft();
});

const noTerminal =
  spawnSync('script', ['--version']).status === 0 ? false : 'there is no program "script" here';

test('a terminal is as it was after Ctrl-C: cursor, echo and line mode', { skip: noTerminal }, async (t) => {
  const lab = await Lab.open(t, longPlan);
  // A pseudo-terminal whose settings are asked for before and after.
  const command = [process.execPath, 'services/lab/src/cli.ts', 'run', lab.experimentFile, '--wait'].join(
    ' ',
  );
  const script = `stty -a > ${lab.folder}/before; ${command}; stty -a > ${lab.folder}/after`;
  const terminal = spawn('script', ['--quiet', '--command', `bash -c '${script}'`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: lab.environment(),
  });
  t.after(() => terminal.kill('SIGKILL'));
  const shown = text(terminal.stdout);
  await untilLong('it measures', () => stageIs(lab, 'window'));
  interrupt(terminal);
  await once(terminal, 'exit');
  assert.equal(
    readFileSync(join(lab.folder, 'after'), 'utf8'),
    readFileSync(join(lab.folder, 'before'), 'utf8'),
  );
  const output = await shown;
  const hidden = output.lastIndexOf('\u001b[?25l');
  assert.ok(hidden < 0 || output.lastIndexOf('\u001b[?25h') > hidden, 'the cursor is shown');
  assert.match(output, /Stopped\. Go on with: dyno run --resume/);
  await lab.assertNothingLeft();
});

/** What the terminal makes of Ctrl-C. */
function interrupt(terminal: ChildProcess): void {
  terminal.stdin?.write('\u0003');
}

async function stageIs(lab: Lab, stage: string): Promise<boolean> {
  if (!existsSync(join(lab.results, 'latest', 'progress.json'))) return false;
  const progress = progressFileSchema.parse(await (await lab.latest()).read('progress.json'));
  return progress.stage === stage;
}
