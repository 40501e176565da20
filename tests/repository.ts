import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { project } from './shop.ts';

/**
 * Somebody's repository: a CommonJS service in the manner of Express at its top, a Koa service in ES modules in packages/web.
 * `slow` and `fast` differ in what a request costs, and k6 costs less than either; every other ref is broken in its own way.
 */
export function makeRepository(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dyno-repository-')));
  git(folder, 'init', '--quiet', '--initial-branch', 'slow');
  commit(folder, { ...top(300), ...web(300) });
  branch(folder, 'fast', { ...top(10), ...web(10) });
  branch(folder, 'no-lock', { ...top(2), 'package-lock.json': null });
  branch(folder, 'bad-lock', { 'package-lock.json': '{ "lockfileVersion": 3, <<<<<<< HEAD' });
  branch(folder, 'dead', { 'server.js': `throw new Error('no such table: items');\n` });
  branch(folder, 'dies', {
    'server.js': server(1, `if (++count > 20) { console.log('out of stock'); process.exit(9); }`),
  });
  branch(folder, 'chatty', {
    'server.js': server(1, `require('fs').writeSync(1, 'x'.repeat(1 << 20) + '\\n');`),
  });
  branch(folder, 'no-checkout', { '.gitattributes': '*.bin filter=broken\n', 'large.bin': 'a pointer\n' });
  git(folder, 'checkout', '--quiet', 'fast');
  // As where Git LFS is asked for and not installed.
  git(folder, 'config', 'filter.broken.smudge', 'false');
  git(folder, 'config', 'filter.broken.required', 'true');
  return folder;
}

export function removeRepository(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org'];
  return execFileSync('git', [...who, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

type Files = Record<string, string | null>;

function top(cost: number): Files {
  return {
    'package.json': json({ name: 'stock', version: '1.0.0', scripts: { start: 'node server.js' } }),
    'package-lock.json': json({
      name: 'stock',
      version: '1.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: { '': { name: 'stock', version: '1.0.0' } },
    }),
    'server.js': server(cost, ''),
    '.gitignore': 'node_modules\n',
  };
}

/** A router in the manner of Express on Node's own server. */
function server(cost: number, before: string): string {
  return `const { createHash } = require('node:crypto');
const routes = new Map();
const app = { get: (path, handler) => routes.set(path, handler) };
let count = 0;
app.get('/items', (request, response) => {
  ${before}
  let digest = 'seed';
  for (let index = 0; index < ${cost * 100}; index += 1) digest = createHash('sha256').update(digest).digest('hex');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ items: [{ id: 1, name: 'Tent' }] }));
});
require('node:http').createServer((request, response) => {
  const handler = routes.get(request.url);
  if (handler) return handler(request, response);
  response.statusCode = 404;
  response.end();
}).listen(process.env.PORT, process.env.HOST, () => console.log('listening'));
`;
}

/** Its Koa is the one of this checkout: nothing has to be installed. */
function web(cost: number): Files {
  return {
    'packages/web/package.json': json({
      name: '@stock/web',
      type: 'module',
      scripts: { start: 'node main.js' },
    }),
    'packages/web/main.js': `import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { cost } from './cost.js';
const Koa = createRequire(${JSON.stringify(join(project, 'services/api/package.json'))})('koa');
const app = new Koa();
app.use(async (context, next) => {
  await next();
  context.set('x-service', 'web');
});
app.use((context) => {
  let digest = 'seed';
  for (let index = 0; index < cost * 100; index += 1) digest = createHash('sha256').update(digest).digest('hex');
  context.body = { path: context.path };
});
app.listen(Number(process.env.PORT), process.env.HOST);
`,
    'packages/web/cost.js': `export const cost = ${cost};\n`,
  };
}

function branch(folder: string, name: string, files: Files): void {
  git(folder, 'checkout', '--quiet', '-b', name, 'slow');
  commit(folder, files);
}

function commit(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    if (text === null) rmSync(path);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'a change');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
