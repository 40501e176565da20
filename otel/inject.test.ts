import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { injectionEnv } from './inject.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

test("the service's own NODE_OPTIONS stay, before ours", () => {
  assert.match(injectionEnv('--max-old-space-size=64').NODE_OPTIONS, /^--max-old-space-size=64 --require \S/);
  assert.match(injectionEnv(undefined).NODE_OPTIONS, /^--require \S/);
});

test('what cannot be loaded leaves the service as it is, with one line in its log', async (context) => {
  // The preload alone, in a folder with blanks and quotes.
  const folder = folderOf(context, 'a "b" c ');
  for (const file of ['inject.ts', 'preload.cjs']) cpSync(join(here, file), join(folder, file));
  const moved = (await import(pathToFileURL(join(folder, 'inject.ts')).href)) as {
    injectionEnv: typeof injectionEnv;
  };
  const notes = join(folder, 'notes');
  const program = join(folder, 'program.cjs');
  writeFileSync(program, 'console.log("done"); process.exitCode = 0;');
  const env = { PATH: process.env.PATH, ...moved.injectionEnv(undefined), DYNO_TELEMETRY_NOTES: notes };
  const { stdout, stderr } = await run(process.execPath, [program], { env });
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /^telemetry: the service runs untraced \(Cannot find module '\.\/injected\.ts'\)\n$/);
  assert.deepEqual(statesIn(notes), ['failed']);
});

for (const [program, ...args] of [
  ['npm', '--version'],
  ['npx', '--version'],
] as const) {
  test(`${program} itself is not traced and says nothing of it`, async (context) => {
    const notes = join(folderOf(context, 'tools-'), 'notes');
    const home = { PATH: process.env.PATH, HOME: process.env.HOME };
    const env = { ...home, ...injectionEnv(undefined), DYNO_TELEMETRY_NOTES: notes };
    const { stderr } = await run(program, args, { env });
    assert.doesNotMatch(stderr, /telemetry/);
    assert.deepEqual(statesIn(notes), ['left alone']);
  });
}

test('worker threads and the level "off" load nothing', async (context) => {
  const folder = folderOf(context, 'threads-');
  const notes = join(folder, 'notes');
  const program = join(folder, 'program.cjs');
  writeFileSync(
    program,
    'const { Worker, isMainThread } = require("node:worker_threads"); if (isMainThread) new Worker(__filename);',
  );
  const env = { PATH: process.env.PATH, ...injectionEnv(undefined), DYNO_TELEMETRY_NOTES: notes };
  await run(process.execPath, [program], { env: { ...env, DYNO_TELEMETRY: 'off' } });
  assert.equal(existsSync(notes), false);
  await run(process.execPath, [program], {
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  });
  assert.deepEqual(statesIn(notes), ['traced', 'ended']);
});

function folderOf(context: TestContext, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), name));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function statesIn(notes: string): unknown[] {
  return readFileSync(notes, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { state: unknown }).state);
}
