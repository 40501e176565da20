import { join } from 'node:path';
import { main, project, runInPlace, setUp } from './setup.js';

/** `node scripts/bench.js verdicts ...` runs bench/verdicts.ts with the Node that runs everything else. */
const [name, ...args] = process.argv.slice(2);
await main(async () =>
  runInPlace(await setUp(), [join(project, 'bench', `${name}.ts`), ...args], process.env),
);
