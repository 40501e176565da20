import { readConfig } from './config.ts';
import { configOrExit } from './process/exit.ts';
import { instanceVariable } from './process/orders.ts';
import { processPlan } from './wiring/processes.ts';

/** Also what a supervisor starts: it is told apart by a variable that it alone sets. */
const config = configOrExit(readConfig);
const plan = process.env[instanceVariable] === undefined ? processPlan(config) : null;
// Loaded when wanted: a supervisor needs nothing of the shop.
if (plan === null) await (await import('./process/instance.ts')).runInstance(config);
else await (await import('./process/supervise.ts')).supervise(config, plan);
