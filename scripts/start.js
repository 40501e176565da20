import { handOver, main } from './setup.js';

await main(() => handOver(['start', ...process.argv.slice(2)]));
