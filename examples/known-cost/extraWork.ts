import { createHash } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { work } from './server.ts';

/**
 * The same known work beside any Node service: `node --import ./examples/known-cost/extraWork.ts server.js` with
 * EXTRA_ROWS=20 serialises and hashes 20 rows at the start of each request and throws them away.
 */
const rows = Number(process.env.EXTRA_ROWS ?? '0');
if (!Number.isInteger(rows) || rows < 0)
  throw new Error(`EXTRA_ROWS=${process.env.EXTRA_ROWS} is not a whole number of 0 or more`);

subscribe('http.server.request.start', () => {
  const waste = createHash('sha256');
  for (let index = 0; index < rows; index += 1) waste.update(work(index));
});
