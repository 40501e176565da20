import { handOver, main } from './setup.js';

await main(() => handOver(process.argv.slice(2)));
