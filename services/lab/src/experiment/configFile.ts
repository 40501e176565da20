/** What `dyno init` found out about a service; null where it has to be filled in. */
export interface Guess {
  name: string;
  command: readonly string[];
  /** How the command was found, for the comment beside it. */
  why: string;
  found: boolean;
  /** It listens there whatever PORT says. */
  port: number | null;
}

export const configFileName = 'dyno.config.ts';

/** A dyno.config.ts that can be run as it is, with a comment on everything that one may want to change. */
export function configFile({ name, command, why, port }: Guess): string {
  const words = command.map((word) => quoted(word)).join(', ');
  const fixedPort =
    port === null
      ? '    // port: 3000, // where it listens if it does not take PORT; both variants then run one after the other only'
      : `    port: ${port}, // it does not seem to take PORT; without this line both variants can be alive at once`;
  return `// An experiment: two variants of one service under the same load. "dyno run" in this folder measures it.
// For the editor alone; Dyno loads this file without anything installed here.
import type { ExperimentInput } from '@dyno/contracts/experiment';

export default {
  name: ${quoted(name)},
  title: ${quoted(`${name}: as it is against the change`)},
  service: {
    name: ${quoted(name)},
    // Program and arguments, no shell. The port arrives as PORT, the address as HOST. ${why}
    command: [${words}],
    cwd: '.', // relative to this file
    env: {}, // for both variants
${fixedPort}
    readyPath: '/', // ready when this is answered with a status below 500
    // readyPattern: 'listening on', // or when a line of its output matches this
    readyTimeoutSeconds: 30,
    // stopSignal: 'SIGINT', // SIGTERM unless said
    // needs: ['mysql', 'redis'], // started for it; they arrive as MYSQL_URL and REDIS_URL
    // reset: ['node', 'scripts/seed.js'], // before each start, so that every round begins with the same data
    telemetry: 'inject', // traced by Dyno after the measured rounds, never in them; 'own': it brings OpenTelemetry; 'none'
  },
  load: {
    // One or more requests, drawn by weight ...
    requests: [{ target: '/', weight: 1 }],
    // ... or a k6 script that takes BASE_URL from its environment:
    // scenario: 'load.js',
    vus: 10,
    // ratePerSecond: 200, // requests started per second, however slow the answers are
  },
  // What differs. A variant has its own env, command, cwd, or the url of a service that runs already.
  baseline: { name: 'baseline', title: 'as it is' },
  candidates: [{ name: 'candidate', title: 'the change', env: { EXAMPLE: 'on' } }],
  // What "dyno ablate" turns on and off, to say what each is worth; the variable gets the names of those that are on.
  // switches: { variable: 'FEATURES', of: [{ name: 'cache' }, { name: 'pool' }] },
  plans: {
    quick: {
      blocks: { min: 4, max: 10 }, // it stops as soon as the verdict is certain
      warmupSeconds: 3,
      windowSeconds: 8,
      tracePassSeconds: 5, // 0 leaves it out
      profilePassSeconds: 0, // for flamegraphs: 8
      mode: 'auto', // 'fine': both alive, each request drawn between them; 'isolated': one after the other
    },
  },
  // Goals for the candidate, absolute or against the baseline; "dyno run" ends with 1 when one is missed.
  thresholds: ['errors<1%'], // 'p(95)<200', 'p(95)<=+3%', 'cpu<=-10%'
  // Answers are compared too; paths of their JSON that may differ:
  ignoreInResponses: [], // '$.time', '$.items[*].id'
  ignoreStatuses: [], // 304, where clients ask again for what they hold
} satisfies ExperimentInput;
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
}
