import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApp } from '../../services/api/src/app.ts';
import { readConfig } from '../../services/api/src/config.ts';
import { createLog } from '../../services/api/src/log.ts';
import { documentPath } from '../../services/api/src/routes/openapi.ts';
import { testDatabase, testServers } from '../../services/api/src/testing/servers.ts';
import { notMeasured, routes } from './routes.ts';

test('every route of the shop is measured, or it is said why not', async () => {
  const { mysqlUrl, redisUrl } = testServers();
  const config = readConfig({ MYSQL_URL: mysqlUrl, REDIS_URL: redisUrl, SHOP_DATABASE: testDatabase });
  const app = createApp({ config, log: createLog('silent') });
  const known = app.routes.map(({ method, path }) => `${method.toUpperCase()} ${documentPath(path)}`);
  await app.close();
  const measured = [...new Set(routes.map(({ route }) => route))];
  assert.deepEqual([...measured, ...Object.keys(notMeasured)].toSorted(), known.toSorted());
});

test('each has a name of its own and a scenario that is there', () => {
  assert.equal(new Set(routes.map(({ name }) => name)).size, routes.length);
  for (const { scenario } of routes) {
    assert.ok(existsSync(join(import.meta.dirname, '../../k6/scenarios', `${scenario}.ts`)), scenario);
  }
});
