/**
 * The table of experiments/all.ts: every route on its own scenario, all optimizations off against all on. Each is a run of its own, kept in
 * results/ as any other.
 *   npm run bench:every-route -- --plan quick --routes product-pages,search
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { MetricName } from '@dyno/contracts/metrics';
import { type Report, reportSchema } from '@dyno/contracts/report';
import { digits } from '@dyno/lab/format';
import all from '../experiments/all.ts';
import { readSettings } from '../services/lab/src/settings.ts';

/** Users as many as the naive route can bear without doing nothing but wait. */
const routes: readonly { route: string; scenario: string; vus: number }[] = [
  { route: 'GET /products', scenario: 'products', vus: 50 },
  { route: 'GET /products?after=', scenario: 'page-through', vus: 20 },
  { route: 'GET /products?q=', scenario: 'search', vus: 20 },
  { route: 'GET /products?sort=rating', scenario: 'best-rated', vus: 20 },
  { route: 'GET /products/:id', scenario: 'product-pages', vus: 50 },
  { route: 'GET /products/:id/related', scenario: 'related', vus: 20 },
  { route: 'GET /account', scenario: 'account-page', vus: 20 },
  { route: 'GET /orders', scenario: 'order-history', vus: 20 },
  { route: 'POST /orders', scenario: 'checkout', vus: 20 },
  { route: 'GET /exports/orders.csv', scenario: 'export-orders', vus: 2 },
  { route: 'POST /imports/products', scenario: 'import-products', vus: 1 },
  { route: 'POST /reports/monthly', scenario: 'monthly-report', vus: 2 },
  { route: 'POST /auth/sign-in', scenario: 'sign-in', vus: 10 },
  { route: 'an ordinary day', scenario: 'average', vus: 50 },
];

const { values: flags } = parseArgs({
  options: { plan: { type: 'string', default: 'quick' }, routes: { type: 'string' } },
});
const wanted = flags.routes?.split(',');
const settings = readSettings();
// Within the project, so that the shop is known to be ours and its database is filled.
const generated = join(settings.project, '.dyno');
mkdirSync(generated, { recursive: true });
const folder = mkdtempSync(join(generated, 'every-route-'));
const rows: string[] = [];
try {
  for (const one of routes.filter(({ scenario }) => wanted?.includes(scenario) ?? true)) {
    const report = await measure(one.scenario, one.vus);
    rows.push(rowOf(one.route, one.vus, report));
    console.error(rows.at(-1));
  }
  console.log('| route | users | mean ms | p95 ms | CPU ms a request | verdict | run |');
  console.log('|---|---|---|---|---|---|---|');
  console.log(rows.join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}

/** The experiment with another load; what goes wrong is a row of the table. */
async function measure(scenario: string, vus: number): Promise<Report | string> {
  const file = join(folder, `${scenario}.ts`);
  const load = { ...all.load, scenario: `k6/scenarios/${scenario}.ts`, vus };
  const experiment = { ...all, name: `all-${scenario}`, title: `${all.title}: ${scenario}`, load };
  writeFileSync(file, `export default ${JSON.stringify(experiment)};\n`);
  const cli = join(settings.project, 'services/lab/src/cli.ts');
  const args = [cli, 'run', file, '--plan', flags.plan ?? 'quick', '--quiet', '--wait'];
  const before = latestRun();
  const child = spawn(process.execPath, args, {
    cwd: settings.project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  const run = latestRun();
  // Refused, invalid, interrupted: the last run is then another one, or has no report.
  if (run === null || run === before || !existsSync(join(run, 'report.json'))) return `exit code ${code}`;
  return reportSchema.parse(JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')));
}

function latestRun(): string | null {
  const latest = join(settings.results, 'latest');
  return existsSync(latest) ? realpathSync(latest) : null;
}

function rowOf(route: string, vus: number, report: Report | string): string {
  if (typeof report === 'string') return `| ${route} | ${vus} | | | | ${report} | |`;
  const cell = (name: MetricName) => {
    const metric = report.metrics.find((one) => one.name === name);
    if (!metric) return '';
    const { baseline, candidate } = metric;
    const ratio = baseline.estimate / candidate.estimate;
    return `${digits(baseline.estimate)} to ${digits(candidate.estimate)} (÷${digits(ratio)})`;
  };
  const cells = (['latency.mean', 'latency.p95', 'cpu.perRequest'] as const).map(cell).join(' | ');
  return `| ${route} | ${vus} | ${cells} | ${report.verdict} | ${report.runId} |`;
}
