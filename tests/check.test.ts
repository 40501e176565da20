import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const project = resolve(import.meta.dirname, '..');

const checks = [
  { name: 'types: services, experiments, tests', tool: 'tsc', args: ['-p', '.'] },
  { name: 'types: k6', tool: 'tsc', args: ['-p', 'k6'] },
  { name: 'types: dashboard', tool: 'tsc', args: ['-p', 'dashboard'] },
  { name: 'style', tool: 'biome', args: ['ci', '--error-on-warnings', '--colors=off', '.'] },
];

for (const { name, tool, args } of checks) {
  test(name, async () => {
    const { code, output } = await run(join(project, 'node_modules/.bin', tool), args);
    assert.equal(code, 0, output);
  });
}

function run(command: string, args: string[]): Promise<{ code: number | string; output: string }> {
  return new Promise((done) => {
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(command, args, { cwd: project, env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      done({ code: error ? (error.code ?? 'a signal') : 0, output: `${stdout}${stderr}` });
    });
  });
}
