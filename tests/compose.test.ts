import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv, promisify } from 'node:util';
import { parse } from 'yaml';
import { portVariable, readSettings } from '../services/lab/src/settings.ts';
import { parts } from '../services/lab/src/stack/parts.ts';
import { render } from '../services/lab/src/stack/prometheus.ts';
import { schemaChecker } from './schemaChecker.ts';
import { experiment, project, variants } from './shop.ts';

const run = promisify(execFile);

interface Service {
  image?: string;
  build?: { dockerfile: string; args: Record<string, string> };
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  configs?: { source: string }[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  profiles?: string[];
  restart?: string;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  configs: Record<string, { content: string }>;
}

/** What `.env` says, not what the tests' own stack was given. */
const settings = readSettings({});
const dotEnv = parseEnv(readFileSync(join(project, '.env'), 'utf8')) as Record<string, string>;
const passwords = ['DYNO_MYSQL_PASSWORD', 'DYNO_REDIS_PASSWORD', 'DYNO_JWT_SECRET', 'DYNO_SESSION_SECRET'];
const text = readFileSync(join(project, 'compose.yaml'), 'utf8');
const compose = parse(interpolate(text), { merge: true }) as Compose;
const services = Object.entries(compose.services);

test('compose.yaml fits the Compose specification', { timeout: 300_000 }, async (context) => {
  const checker = await schemaChecker();
  if ('missing' in checker) return context.skip(checker.missing);
  await run(checker.program, ['--builtin-schema', 'vendor.compose-spec', join(project, 'compose.yaml')]);
});

test('every variable comes from .env; only passwords and keys must be given, and have no default', () => {
  for (const [whole, name = '', rest = ''] of text.matchAll(/(?<!\$)\$\{(\w+)([^}]*)\}/g)) {
    if (passwords.includes(name)) assert.match(rest, /^:\?/, whole);
    else assert.ok(name in dotEnv || rest.startsWith(':-'), `${whole} is not in .env`);
  }
});

test("images, ports and configuration files are those of the native stack's table", () => {
  for (const part of Object.values(parts)) {
    const service = compose.services[part.compose.service];
    assert.ok(service, `compose.yaml has no service ${part.compose.service}`);
    const [image, tag] = String(service.image).split(':');
    assert.equal(image, part.compose.image);
    assert.ok(part.version);
    assert.equal(tag?.replace(/^v/, ''), settings.versions[part.version]);
    const published = service.ports?.map((port) => port.split(':')[1]);
    assert.deepEqual(new Set(published), new Set(part.ports.map((name) => dotEnv[portVariable(name)])));
    for (const file of part.configFiles) {
      assert.ok(
        service.volumes?.some((volume) => volume.startsWith(`./${file}:`) && volume.endsWith(':ro')),
        `${part.compose.service} does not mount ${file} read-only`,
      );
    }
  }
});

test('every image has a fixed version', () => {
  for (const [name, { image, build }] of services) {
    if (build) assert.equal(build.args.NODE_VERSION, settings.versions.node, name);
    else assert.match(image ?? '', /:v?\d+\.\d+/, `${name}: ${image}`);
  }
});

test('everything is published on 127.0.0.1, each port once', () => {
  const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => ({ name, port })));
  for (const { name, port } of published) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
  const hostPorts = published.map(({ port }) => port.split(':')[1]);
  assert.equal(new Set(hostPorts).size, hostPorts.length);
  // Only the lab ends TLS before a service: it makes its own certificate.
  const { serviceTls: _, serviceCandidateTls: __, ...ports } = settings.ports;
  const known = Object.values(ports).map(String);
  assert.deepEqual(new Set(hostPorts), new Set(known), 'as many as .env has');
});

test('every service says when it is healthy, and waits for those that it needs', () => {
  for (const [name, service] of services) {
    const ends = service.restart === 'no';
    assert.equal(
      service.healthcheck === undefined,
      ends,
      `${name}: a health check, unless it ends by itself`,
    );
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = compose.services[needed];
      assert.ok(other, `${name} waits for ${needed}, which is not there`);
      const expected = other.restart === 'no' ? 'service_completed_successfully' : 'service_healthy';
      assert.equal(condition, expected, `${name} -> ${needed}`);
      assert.ok(!other.profiles, `${name} waits for ${needed}, which only a profile starts`);
    }
  }
  assert.deepEqual(Object.keys(compose.services['api-optimized']?.depends_on ?? {}).sort(), [
    'jaeger',
    'mail',
    'memcached',
    'mysql',
    'redis',
    'seed',
  ]);
});

test('files that are mounted exist; named volumes and configs are declared and used', () => {
  const used = new Set<string>();
  for (const [name, { volumes = [], configs = [] }] of services) {
    for (const { source } of configs) assert.ok(compose.configs[source], `${name}: ${source}`);
    for (const source of volumes.map((volume) => volume.split(':')[0] ?? '')) {
      if (!source.startsWith('.')) used.add(source);
      // A run makes the results folder.
      else if (source !== './results') assert.ok(existsSync(join(project, source)), `${name}: ${source}`);
    }
  }
  assert.deepEqual(used, new Set(Object.keys(compose.volumes)));
});

test('both variants of the experiment run, under the names that its run would give them', () => {
  for (const variant of variants) {
    const environment = compose.services[`api-${variant.name}`]?.environment;
    assert.equal(environment?.SHOP_OPTIMIZATIONS, variant.env.SHOP_OPTIMIZATIONS);
    assert.equal(environment?.OTEL_RESOURCE_ATTRIBUTES, `dyno.variant=${variant.name}`);
    assert.equal(environment?.OTEL_SERVICE_NAME, experiment.service.name);
  }
});

test('the collector is given every variable that its configuration names', async () => {
  const configuration = await readFile(join(project, 'otel/collector.yaml'), 'utf8');
  const environment = compose.services.jaeger?.environment ?? {};
  for (const [, name = ''] of configuration.matchAll(/\$\{env:(\w+)/g)) {
    assert.ok(environment[name] !== undefined, name);
  }
  assert.equal(environment.DYNO_BIND, '0.0.0.0');
});

test('the container fills in the same Prometheus configuration as the native stack', async () => {
  const { environment = {}, entrypoint = [], command = [] } = compose.services.prometheus ?? {};
  const folder = await mkdtemp(join(tmpdir(), 'dyno-compose-'));
  try {
    const script = command
      .join('\n')
      .replaceAll('$$', '$')
      .replaceAll('/etc/dyno/', join(project, 'otel/'))
      .replaceAll('/prometheus/prometheus.yaml', `${folder}/prometheus.yaml`)
      .replace('exec /bin/prometheus', 'true');
    const [shell = '', ...flags] = entrypoint;
    await run(shell, [...flags, script], { env: environment });
    const rendered = await readFile(join(folder, 'prometheus.yaml'), 'utf8');
    const template = await readFile(join(project, 'otel/prometheus.yaml'), 'utf8');
    assert.equal(rendered, render(template, environment));
    assert.doesNotMatch(rendered, /\$\{DYNO_[A-Z]/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('our images are built in stages, from files that exist, and do not run as root', async () => {
  const dockerfiles = new Set(services.flatMap(([, { build }]) => (build ? [build.dockerfile] : [])));
  assert.equal(dockerfiles.size, 2);
  for (const path of dockerfiles) {
    const lines = (await readFile(join(project, path), 'utf8')).replaceAll('\\\n', ' ').split('\n');
    const stages = lines.filter((line) => line.startsWith('FROM '));
    assert.ok(stages.length >= 2, path);
    const last = lines.slice(lines.lastIndexOf(stages.at(-1) ?? ''));
    assert.match(
      last.findLast((line) => line.startsWith('USER ')) ?? '',
      /^USER [1-9]\d*(:[1-9]\d*)?$/,
      path,
    );
    for (const line of lines.filter((copy) => /^COPY (?!--from)/.test(copy))) {
      for (const source of line.split(/\s+/).slice(1, -1)) {
        assert.ok(existsSync(join(project, source)), `${path}: ${line}`);
      }
    }
    const script = JSON.parse(
      /^CMD (\[.*\])$/.exec(last.findLast((line) => line.startsWith('CMD ')) ?? '')?.[1] ?? '[]',
    );
    assert.equal(script[0], 'node', path);
    assert.ok(existsSync(join(project, script.at(-1))), `${path}: ${script.at(-1)}`);
  }
});

test('an image holds the programs that it is started with', async () => {
  for (const [name, { build, command }] of services) {
    const program = command?.findLast((word) => word.endsWith('.ts'));
    if (!build || program === undefined) continue;
    const dockerfile = await readFile(join(project, build.dockerfile), 'utf8');
    const [folder] = program.split('/src/');
    assert.ok(existsSync(join(project, program)), `${name}: ${program}`);
    assert.ok(dockerfile.includes(`\nCOPY ${folder} ${folder}\n`), `${name}: ${folder}`);
  }
});

test('all workspaces are known to npm inside the images', async () => {
  const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  const workspaces = Object.keys(packages).filter((path) => path !== '' && !path.includes('node_modules'));
  for (const path of ['services/api/Dockerfile', 'dashboard/Dockerfile']) {
    const dockerfile = await readFile(join(project, path), 'utf8');
    for (const workspace of workspaces) {
      assert.ok(
        dockerfile.includes(`COPY ${workspace}/package.json ${workspace}/\n`),
        `${path}: ${workspace}`,
      );
    }
  }
});

/** As Compose does it: .env, then defaults; `$$` is a dollar sign and stays for the shell. */
function interpolate(source: string): string {
  return source.replace(
    /(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string, rest: string) => {
      if (passwords.includes(name)) return 'secret';
      return dotEnv[name] ?? (kind === '-' ? rest : '');
    },
  );
}
