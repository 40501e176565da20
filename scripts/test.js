import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { main, project, runInPlace, setUp, takeLock } from './setup.js';

/** Below Linux's range for outgoing connections (32768), which would take a port between now and its use. */
const firstBase = 20_000;
const lastBase = 31_000;
const portVariables = [...readFileSync(join(project, '.env'), 'utf8').matchAll(/^(DYNO_PORT__\w+)=/gm)].map(
  ([, name]) => name,
);

await main(async () => {
  const node = await setUp();
  // Ends with this process.
  (await takeLock(project, 'test run')).unref();
  const chosen = process.argv.slice(2);
  const files = chosen.length > 0 ? chosen : testFiles(project);
  const home = join(project, '.dyno', 'test');
  const compiled = join(home, 'compiled');
  // A whole run begins with nothing, wherever it is made.
  if (chosen.length === 0) rmSync(compiled, { recursive: true, force: true });
  // A test that hangs fails, and the others are still run.
  const flags = [
    '--test',
    '--test-concurrency=1',
    '--test-timeout=600000',
    '--test-global-setup=tests/setup.ts',
  ];
  process.chdir(project);
  return runInPlace(node, [...flags, ...files], {
    ...process.env,
    ...(await freePorts()),
    PATH: `${folderWith(node, join(home, 'path'))}${delimiter}${process.env.PATH}`,
    DYNO_HOME: home,
    DYNO_RESULTS: join(home, 'results'),
    // Hundreds of processes load the same files: the first one strips and compiles each, the others find it done. No
    // service that is measured has it: it gets no variable of Node's (services/lab/src/run/service.ts).
    NODE_COMPILE_CACHE: compiled,
    // Tests are about one stack, whatever else runs here.
    DYNO_STACK: process.env.DYNO_STACK ?? 'native',
  });
});

/** What tests start through npm or a shell is to be the Node that runs them: the one on PATH may be too old to be traced. */
function folderWith(node, folder) {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'node'), { force: true });
  symlinkSync(node, join(folder, 'node'));
  return folder;
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'results' && !name.startsWith('.'))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return /\.test\.tsx?$/.test(entry.name) ? [path] : [];
    });
}

/** A row of ports that nobody listens on; the start depends on the process, so that two test runs rarely meet. */
async function freePorts() {
  const step = 30;
  const rows = Math.floor((lastBase - firstBase) / step);
  for (let tried = 0; tried < rows; tried += 1) {
    const base = firstBase + ((process.pid * 7 + tried) % rows) * step;
    const ports = Array.from({ length: step }, (_, index) => base + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) {
      return Object.fromEntries(portVariables.map((name, index) => [name, String(ports[index])]));
    }
  }
  throw new Error(`No ${step} ports in a row are free between ${firstBase} and ${lastBase}.`);
}

function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => done(true)));
  });
}
