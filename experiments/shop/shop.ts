import type { ExperimentInput, Plan } from '@dyno/contracts/experiment';
import type { OptimizationName } from '../../services/api/src/optimizations/index.ts';

export type Switches = readonly OptimizationName[];

/** What the database is given before anything finer can be seen on a catalogue route: without it scans hide the rest. */
export const goodQueries: Switches = ['indexes', 'connection-pool', 'batched-queries'];

/** The reference shop as every experiment on it starts it. */
export const shop = {
  name: 'api',
  command: ['node', '--import', './otel/bootstrap.ts', 'services/api/src/main.ts'],
  needs: ['mysql', 'redis', 'memcached', 'nginx', 'mail'],
  secrets: ['JWT_SECRET', 'SESSION_SECRET'],
  env: {
    // The load comes from one address and from ten customers: limits against guessing would be what is measured.
    DEMO_PASSWORD: 'allowed',
    ...Object.fromEntries(
      ['SIGN_IN', 'SIGN_UP', 'REFRESH', 'WRITE', 'HEAVY', 'PAGE', 'GUESSES'].map((name) => [
        `LIMIT_${name}`,
        '10000000',
      ]),
    ),
  },
  readyPath: '/readyz',
  telemetry: 'own',
} satisfies ExperimentInput['service'];

export const plans = {
  quick: {
    blocks: { min: 4, max: 8 },
    warmupSeconds: 4,
    windowSeconds: 6,
    tracePassSeconds: 4,
    profilePassSeconds: 0,
  },
  full: {
    blocks: { min: 6, max: 20 },
    warmupSeconds: 10,
    windowSeconds: 60,
    tracePassSeconds: 15,
    profilePassSeconds: 20,
  },
} satisfies ExperimentInput['plans'];

interface OneSwitch {
  title: string;
  /** A file of k6/scenarios, on a route where the switch works. */
  scenario: string;
  vus: number;
  /** What is on in both variants, because the switch shows only then. */
  over?: Switches;
  primary?: ExperimentInput['primary'];
  /** Two addresses may then differ in bytes: the service changes what a client gets, as with compression. */
  comparesBodies?: boolean;
  /** Statuses that the switch alone answers with. */
  ignoreStatuses?: number[];
  /** In place of the plans' own. */
  plan?: Partial<Pick<Plan, 'warmupSeconds' | 'windowSeconds' | 'mode'>>;
}

/** The shop without and with one switch. */
export function oneSwitch(
  name: OptimizationName,
  {
    title,
    scenario,
    vus,
    over = [],
    primary = 'cpu.perRequest',
    comparesBodies = true,
    ignoreStatuses = [],
    plan = {},
  }: OneSwitch,
): ExperimentInput {
  const on = (switches: Switches) => ({ SHOP_OPTIMIZATIONS: switches.join(',') });
  return {
    name,
    title,
    service: shop,
    load: { scenario: `k6/scenarios/${scenario}.ts`, assigns: true, vus },
    baseline: {
      name: 'off',
      title: over.length === 0 ? 'the naive shop' : `the shop with ${over.join(', ')}`,
      env: on(over),
    },
    candidates: [{ name: 'on', title: `the same with ${name}`, env: on([...over, name]) }],
    plans: { quick: { ...plans.quick, ...plan }, full: { ...plans.full, ...plan } },
    primary,
    thresholds: ['errors<1%'],
    ignoreStatuses,
    ...(comparesBodies ? {} : { ignoreInResponses: null }),
  };
}
