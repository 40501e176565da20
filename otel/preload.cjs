/**
 * Loaded with `NODE_OPTIONS=--require` into every Node process that a service's start command begins, npm and other tools among them:
 * plain JavaScript for whatever Node that is. It steps aside at once where there is nothing to trace, and whatever goes wrong, the
 * process goes on untraced.
 */
const { isMainThread } = require('node:worker_threads');

function trace() {
  const program = process.argv[1] ?? '';
  try {
    const why = whyNot(program);
    if (why) {
      note({ program, state: 'left alone', why: why.detail });
      if (why.tell) process.stderr.write(`telemetry: ${why.detail}\n`);
      return;
    }
    require('./injected.ts');
  } catch (error) {
    const [why] = String(error?.message ?? error).split('\n');
    note({ program, state: 'failed', why });
    process.stderr.write(`telemetry: the service runs untraced (${why})\n`);
  }
}

/** Why this process is not traced, and whether the service's log should say so; null when it is. */
function whyNot(program) {
  // The hooks of ES modules break `node -e`, also as a step of a start script.
  if (program === '') return { detail: 'what node -e runs is not traced', tell: false };
  const tool = toolOf(program);
  if (tool) return { detail: `${tool} is a tool`, tell: false };
  const step = process.env.npm_lifecycle_event;
  if (step && /^(?:pre|post)?(?:install|prepare|build)$/.test(step)) {
    return { detail: `the script "${step}" serves nothing`, tell: false };
  }
  const own = ownSdk(program);
  if (own) return { detail: `the service has its own telemetry (${own}), which is left to it`, tell: true };
  if (!process.features.typescript) {
    return { detail: `Node ${process.version} is too old to be traced (22.18 can be)`, tell: true };
  }
  return null;
}

const tools = new RegExp(
  `^(?:${[
    'npm|npm-cli|npm-prefix|npx|npx-cli|yarn|yarnpkg|yarn-.*|pnpm|pnpx|corepack|node-gyp|lerna|nx|turbo|wireit',
    'nodemon|concurrently|cross-env|cross-env-shell|dotenv|env-cmd|npm-run-all|npm-run-all2|run-s|run-p|wait-on|pm2|pm2-runtime',
    'tsx|tsc|tsup|tsc-watch|babel|swc|esbuild|rollup|webpack|vite|rimraf|mkdirp|shx|cpx|copyfiles|ncp',
    'eslint|biome|prettier|husky|patch-package|prisma|knex|sequelize|sequelize-cli|typeorm|drizzle-kit|0x|clinic',
  ].join('|')})$`,
);

/** Tools start the service in a process of its own, which is asked again. */
function toolOf(program) {
  const name = program.replace(/^.*[\\/]/, '').replace(/\.[cm]?js$/, '');
  if (tools.test(name)) return name;
  // `node node_modules/tsx/dist/cli.mjs`: the package says what the file's name does not.
  const owner = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!.*[\\/]node_modules[\\/])/.exec(
    program,
  )?.[1];
  return owner && tools.test(owner) ? owner : null;
}

/** Two SDKs in one process take each other's spans. */
const sdks =
  /^(?:@opentelemetry\/(?:sdk-node|sdk-trace(?:-node|-base)?|auto-instrumentations-node)|dd-trace|newrelic|elastic-apm-node|@elastic\/opentelemetry-node|@sentry\/node|applicationinsights|@vercel\/otel|@google-cloud\/trace-agent)$/;

function ownSdk(program) {
  if (globalThis[Symbol.for('opentelemetry.js.api.1')]?.trace) return 'an SDK that is loaded already';
  return Object.keys(packageOf(program)?.dependencies ?? {}).find((name) => sdks.test(name)) ?? null;
}

/** The nearest package.json above the program. */
function packageOf(program) {
  const { readFileSync } = require('node:fs');
  const { dirname, join } = require('node:path');
  for (let folder = program ? dirname(program) : process.cwd(); ; folder = dirname(folder)) {
    try {
      return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    } catch (error) {
      if (error?.code !== 'ENOENT' && error?.code !== 'ENOTDIR') return null;
    }
    if (folder === dirname(folder)) return null;
  }
}

function note(line) {
  const file = process.env.DYNO_TELEMETRY_NOTES;
  if (!file) return;
  try {
    require('node:fs').appendFileSync(file, `${JSON.stringify({ pid: process.pid, ...line })}\n`);
  } catch {
    // The process must not suffer from it; what is missing is said where the file is read.
  }
}

// Last: what stands above must be there.
if (isMainThread && process.env.DYNO_TELEMETRY !== 'off') trace();
