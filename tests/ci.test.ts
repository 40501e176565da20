import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { schemaChecker } from './schemaChecker.ts';
import { project } from './shop.ts';

const run = promisify(execFile);

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const folder = join(project, 'examples/ci');
const workflows = readdirSync(join(folder, 'github')).map((name) => {
  const path = join(folder, 'github', name);
  const text = readFileSync(path, 'utf8');
  return { name, path, text, workflow: parse(text) as Workflow };
});
const gitlab = join(folder, 'gitlab/.gitlab-ci.yml');

test('the examples fit the schemas of GitHub and GitLab', { timeout: 300_000 }, async (context) => {
  const checker = await schemaChecker();
  if ('missing' in checker) return context.skip(checker.missing);
  const paths = workflows.map(({ path }) => path);
  await run(checker.program, ['--builtin-schema', 'vendor.github-workflows', ...paths]);
  await run(checker.program, ['--builtin-schema', 'vendor.gitlab-ci', gitlab]);
});

test('actionlint finds nothing in the workflows', async (context) => {
  try {
    await run('actionlint', ['-version']);
  } catch {
    return context.skip(
      'actionlint is not on PATH (go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)',
    );
  }
  await run(
    'actionlint',
    workflows.map(({ path }) => path),
  );
});

test('code of a pull request meets a token that can only read, and no secret', () => {
  for (const { name, text, workflow } of workflows) {
    assert.ok(!('pull_request_target' in workflow.on), name);
    assert.doesNotMatch(text, /secrets\./, name);
    for (const value of Object.values(workflow.permissions)) assert.equal(value, 'read', name);
    for (const [id, { permissions, steps }] of Object.entries(workflow.jobs)) {
      const writes = Object.values(permissions ?? {}).includes('write');
      const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      assert.ok(!(writes && checkouts.length > 0), `${name}: ${id} writes and checks out`);
      for (const step of checkouts) assert.equal(step.with?.['persist-credentials'], false, `${name}: ${id}`);
    }
  }
});

test('actions are pinned by their commit, with the version beside it', () => {
  for (const { name, text } of workflows) {
    const uses = text.match(/^.*\buses:.*$/gm) ?? [];
    assert.ok(uses.length > 0);
    for (const line of uses) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
  }
});

test('what anybody can write (titles, branches) reaches a shell only through its environment', () => {
  for (const { name, workflow } of workflows) {
    for (const { run: script } of Object.values(workflow.jobs).flatMap(({ steps }) => steps)) {
      assert.doesNotMatch(script ?? '', /\$\{\{/, name);
    }
  }
});

test('every job has an end, and every command of Dyno in them is there', async () => {
  for (const { name, workflow } of workflows) {
    for (const [id, job] of Object.entries(workflow.jobs))
      assert.ok(job['timeout-minutes'], `${name}: ${id}`);
  }
  assert.ok(existsSync(join(project, 'scripts/dyno.js')));
  const texts = [...workflows.map(({ text }) => text), readFileSync(gitlab, 'utf8')].join('\n');
  const cli = join(project, 'services/lab/src/cli.ts');
  const commands = new Set([...texts.matchAll(/node "\$DYNO" (\w+)/g)].map(([, command = '']) => command));
  assert.deepEqual([...commands].sort(), ['compare', 'export', 'history', 'import', 'report']);
  for (const command of commands) {
    const { stdout } = await run(process.execPath, [cli, command, '--help']);
    const own = [...texts.matchAll(new RegExp(`node "\\$DYNO" ${command}((?:[^\\n]|\\\\\\n)*)`, 'g'))];
    const flags = own.flatMap(
      ([, rest = '']) => rest.split(/ -- npm| \| /)[0]?.match(/(?<=\s)--[a-z-]+/g) ?? [],
    );
    for (const flag of new Set(flags)) assert.ok(stdout.includes(flag), `${command} ${flag}`);
  }
});
