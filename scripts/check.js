import { join } from 'node:path';
import { main, project, runInPlace, setUp } from './setup.js';

await main(async () => {
  const node = await setUp();
  return runInPlace(
    node,
    ['--test', '--test-reporter=spec', join(project, 'tests/check.test.ts')],
    process.env,
  );
});
