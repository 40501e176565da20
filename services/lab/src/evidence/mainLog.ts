/**
 * Preloaded into a service that 0x watches. V8 writes a log for each thread, and 0x takes the first by name, which is an address and so a
 * matter of chance: when the process ends, only the log of the thread that serves is left.
 */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const option = '--logfile=';
const logs = process.execArgv.find((argument) => argument.startsWith(option))?.slice(option.length);
if (isMainThread && logs) {
  const folder = dirname(logs);
  const readLogs = () => readdirSync(folder).filter((name) => name.endsWith(`-${process.pid}-v8.log`));
  // No other thread runs yet.
  const own = new Set(readLogs());
  process.on('exit', () => {
    for (const name of readLogs()) if (!own.has(name)) rmSync(join(folder, name), { force: true });
  });
}
