import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const project = new URL('..', import.meta.url).pathname;

test('npm run sbom: every locked package once, with its hash, and what needs what', async () => {
  const { output } = await run('sbom');
  const sbom = JSON.parse(output);
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const locked = Object.entries<{ name?: string; version: string; link?: boolean }>(lock.packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`);
  const listed: string[] = sbom.components.map(
    ({ group, name, version }: { group?: string; name: string; version: string }) =>
      `${group === undefined ? '' : `${group}/`}${name}@${version}`,
  );
  assert.deepEqual(listed.toSorted(), [...new Set(locked)].sort());
  assert.equal(sbom.bomFormat, 'CycloneDX');
  const koa = sbom.components.find(({ purl }: { purl: string }) => purl.startsWith('pkg:npm/koa@'));
  const integrity = lock.packages['node_modules/koa'].integrity.replace('sha512-', '');
  assert.equal(Buffer.from(koa.hashes[0].content, 'hex').toString('base64'), integrity);
  const known = new Set(sbom.components.map((component: { purl: string }) => component.purl));
  for (const { ref, dependsOn } of sbom.dependencies) {
    for (const needed of dependsOn) assert.ok(known.has(needed), `${ref} needs ${needed}`);
  }
  assert.equal((await run('sbom')).output, output, 'the same tree gives the same bytes');
});

const audits: readonly { name: string; report: string; code: number; says: RegExp }[] = [
  {
    name: 'clean',
    report: JSON.stringify(reportOf({ moderate: 1 })),
    code: 0,
    says: /moderate: left .*\n7 packages: 0 critical, 0 high, 1 moderate, 0 low\./,
  },
  { name: 'a hole', report: JSON.stringify(reportOf({ high: 1 })), code: 1, says: /1 high/ },
  {
    name: 'a registry that does not answer audits',
    report: '{"message":"405 Method Not Allowed","error":{"summary":""}}',
    code: 3,
    says: /^Not asked: 405 Method Not Allowed/,
  },
  { name: 'no report', report: '', code: 3, says: /^Not asked: npm gave no report/ },
];
for (const { name, report, code, says } of audits) {
  test(`npm run audit: ${name} ends with ${code}`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'dyno-audit-'));
    context.after(() => rmSync(folder, { recursive: true }));
    // In npm's place, which nobody can be asked about holes without a network.
    const npm = join(folder, 'npm.js');
    writeFileSync(npm, `process.stdout.write(${JSON.stringify(report)}); process.exitCode = 1;`);
    const ended = await run('audit', { npm_execpath: npm });
    assert.equal(ended.code, code);
    assert.match(ended.output, says);
  });
}

function reportOf(counts: Record<string, number>): unknown {
  const [severity = ''] = Object.keys(counts);
  return {
    vulnerabilities: { left: { name: 'left', severity, range: '<2', fixAvailable: true } },
    metadata: {
      vulnerabilities: { critical: 0, high: 0, moderate: 0, low: 0, ...counts },
      dependencies: { total: 7 },
    },
  };
}

function run(
  script: string,
  env: Record<string, string> = {},
): Promise<{ code: string | number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(project, 'scripts', `${script}.js`)],
      { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => resolve({ code: error?.code ?? 0, output: stdout }),
    );
  });
}
