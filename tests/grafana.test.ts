import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { attributes } from '../otel/names.ts';
import { queryPrometheus, type Series } from './prometheus.ts';
import { experiment, project, runK6, startShop, variants } from './shop.ts';

interface Dashboard {
  uid: string;
  templating: { list: { name: string; query: { query: string } }[] };
  panels: { title: string; type: string; targets?: { expr: string; datasource: { uid: string } }[] }[];
}

const deadlineMs = 60_000;
const [baseline, optimized] = variants;
const folder = join(project, 'grafana/dashboards');

/** Panels about things that the baseline does without. */
const onlyOptimized = ['Wait for a pooled connection', 'Cache hit ratio'];

test('every panel of Grafana shows both variants', { timeout: 180_000 }, async (context) => {
  const runId = `grafana-${randomUUID().slice(0, 8)}`;
  const shops = await Promise.all(
    variants.map((variant) =>
      startShop(context, variant, {
        [attributes.runId]: runId,
        [attributes.variant]: variant.name,
        [attributes.round]: '1',
      }),
    ),
  );
  const traffic = Promise.all(
    shops.map(({ url }) => runK6(context, { url, vus: 3, seconds: 6, sampling: 0 })),
  );
  const fill = (query: string) =>
    query
      .replaceAll('$service', experiment.service.name)
      .replaceAll('$run', runId)
      .replaceAll('$variant', '.*')
      .replaceAll('$__rate_interval', '30s');

  for (const file of await readdir(folder)) {
    const dashboard = JSON.parse(await readFile(join(folder, file), 'utf8')) as Dashboard;
    const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
    assert.ok(panels.length > 0, file);
    for (const { title, targets = [] } of panels) {
      const expected = onlyOptimized.includes(title) ? [optimized.name] : [baseline.name, optimized.name];
      await context.test(`${dashboard.uid}: ${title}`, async () => {
        assert.ok(targets.length > 0, 'a panel without a query');
        for (const { expr, datasource } of targets) {
          assert.equal(datasource.uid, 'prometheus');
          const query = fill(expr);
          assert.doesNotMatch(query, /\$/, 'a variable that nobody fills');
          assert.deepEqual(await shown(query, expected), expected.toSorted(), query);
        }
      });
    }
    for (const { name, query } of dashboard.templating.list) {
      await context.test(`${dashboard.uid}: variable ${name}`, async () => {
        const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query.query) ?? [];
        const values = (await queryPrometheus(fill(selector))).map(({ metric }) => metric[label]);
        assert.ok(values.length > 0 && values.every((value) => value !== undefined), query.query);
      });
    }
  }
  await traffic;
  for (const shop of shops) await shop.stop();
});

test('Grafana is provisioned with what the dashboards ask for', async () => {
  const read = async (path: string) =>
    parse(await readFile(join(project, 'grafana/provisioning', path), 'utf8'));
  const { datasources } = await read('datasources/datasources.yaml');
  assert.deepEqual(
    datasources.map(({ uid, type }: { uid: string; type: string }) => [uid, type]),
    [
      ['prometheus', 'prometheus'],
      ['jaeger', 'jaeger'],
    ],
  );
  const { providers } = await read('dashboards/dashboards.yaml');
  assert.equal(providers.length, 1);
  // Every variable that provisioning reads is given by compose.yaml.
  const { grafana } = parse(await readFile(join(project, 'compose.yaml'), 'utf8'), { merge: true }).services;
  const asked = JSON.stringify([datasources, providers]).matchAll(/\$\{(\w+)\}/g);
  for (const [, name = ''] of asked) assert.ok(name in grafana.environment, name);
  assert.ok(existsSync(join(folder, 'service-under-test.json')));
});

/** The variants that have a finite value; asked until all that are expected are there, or the deadline has come. */
async function shown(query: string, expected: string[]): Promise<string[]> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const series: Series[] = (await queryPrometheus(query)).filter(({ value }) => Number.isFinite(value));
    const names = [
      ...new Set(series.map(({ metric }) => metric[attributes.variant.replaceAll('.', '_')] ?? '')),
    ];
    if (expected.every((name) => names.includes(name)) || performance.now() > end) return names.toSorted();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
