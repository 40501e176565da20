import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { staticFolder } from '../static/staticFolder.ts';
import type { ProcessPlan } from '../wiring/processes.ts';
import { Supervised } from './children.ts';
import { exitCodes } from './exit.ts';
import { nginxKind, outSeconds } from './nginx.ts';
import { instanceVariable, type Order, socketVariable } from './orders.ts';
import { freePort, reasonOf } from './ports.ts';
import { makeRunFolder, removeRunFolder } from './runFolder.ts';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));
const workerProgram = fileURLToPath(new URL('../../../worker/src/main.ts', import.meta.url));
/** nginx lets requests finish; an instance cuts half-sent ones off after 5 s and ends itself after 6. */
const nginxStopMs = 6000;
const instanceStopMs = 8000;
/** A worker may have a job to finish. */
const workerStopMs = 15_000;

/** nginx asks one that was away with a single request, and takes it back when that has its answer: the first of a new process. */
const firstAnswerMs = 2000;

/** The processes of one service: started together, replaced one by one, ended together. */
interface Crew {
  instances: readonly Supervised[];
  nginx: Supervised | null;
  worker: Supervised | null;
}

/** Starts what the plan says and keeps it alive until a signal; ends by itself when all of it has ended. */
export async function supervise(given: Config, plan: ProcessPlan): Promise<void> {
  const config = plan.nginx === null ? given : await withPorts(given);
  const log = createLog(config.logLevel);
  const folder = plan.nginx === null ? null : await makeRunFolder();
  const files = plan.nginx?.static
    ? await staticFolder({ parent: config.staticFolder, compressed: plan.nginx.precompressed })
    : null;
  if (plan.nginx?.http2 && config.httpsPort === null) {
    log.warn('http2 is on, and nobody can speak it: HTTPS_PORT is not set');
  }
  const crew = createCrew({ config, plan, folder, files, log });
  const all = [...crew.instances, crew.nginx, crew.worker].filter((one) => one !== null);
  let ending: Promise<void> | null = null;
  const end = () => {
    ending ??= stop(crew, config.drainMs).finally(() => folder && removeRunFolder(folder));
    return ending;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending !== null) {
        for (const one of all) one.killNow();
        process.exit(exitCodes.interruptedTwice);
      }
      log.info({ signal }, 'stopping');
      void end();
    });
  }
  // Not SIGHUP: a terminal that closes sends that, and means the end.
  process.on('SIGUSR2', replacing(crew, log));
  try {
    const addresses = await Promise.all(crew.instances.map((instance) => instance.start()));
    await Promise.all([crew.nginx?.start(), crew.worker?.start()]);
    if (ending !== null) return;
    const address = plan.nginx === null ? addresses[0] : { address: config.host, port: config.port };
    log.info(
      {
        address,
        httpsPort: plan.nginx && config.httpsPort,
        instances: plan.instances,
        optimizations: [...config.optimizations],
      },
      'listening',
    );
  } catch (error) {
    if (ending !== null) return;
    console.error(`The service could not be started: ${error instanceof Error ? error.message : error}.`);
    process.exitCode = exitCodes.failed;
    await end();
  }
}

function createCrew(deps: {
  config: Config;
  plan: ProcessPlan;
  folder: string | null;
  files: string | null;
  log: Logger;
}): Crew {
  const { config, plan, folder, files, log } = deps;
  const sockets = Array.from({ length: plan.instances }, (_, index) =>
    folder === null ? null : join(folder, `${index}.sock`),
  );
  const nginx =
    plan.nginx === null || folder === null
      ? null
      : new Supervised(
          nginxKind({
            config,
            plan: plan.nginx,
            folder,
            sockets: sockets.filter((one) => one !== null),
            staticFolder: files,
          }),
          log,
          () => tellFront(crew),
        );
  const crew: Crew = {
    instances: sockets.map(
      (socket, index) =>
        new Supervised(
          {
            name: `instance ${index}`,
            saysReady: true,
            start: () => startInstance(plan, instanceEnvironment(plan, index, socket)),
          },
          log,
          () => tellFront(crew),
        ),
    ),
    nginx,
    worker: plan.worker ? workerOf(log) : null,
  };
  return crew;
}

function workerOf(log: Logger): Supervised {
  return new Supervised(
    {
      name: 'worker',
      saysReady: false,
      start: () =>
        fork(workerProgram, [], {
          env: { ...withInstance('worker'), [instanceVariable]: 'worker', OTEL_SERVICE_NAME: 'worker' },
        }),
    },
    log,
  );
}

/** Whoever is left ends nginx when the supervisor was killed. */
function tellFront({ instances, nginx }: Crew): void {
  const pid = nginx?.pid ?? null;
  if (pid === null) return;
  for (const instance of instances) instance.tell({ kind: 'front', pid });
}

function instanceEnvironment(plan: ProcessPlan, index: number, socket: string | null): NodeJS.ProcessEnv {
  return {
    ...withInstance(String(index)),
    ...plan.environment,
    [instanceVariable]: String(index),
    INSTANCES: String(plan.instances),
    ...(socket === null ? {} : { [socketVariable]: socket }),
  };
}

/** So that signals of one process can be told from those of its sisters. */
function withInstance(instance: string): NodeJS.ProcessEnv {
  const attributes = [process.env.OTEL_RESOURCE_ATTRIBUTES, `dyno.instance=${instance}`];
  return {
    ...process.env,
    OTEL_RESOURCE_ATTRIBUTES: attributes.filter((one) => one !== undefined && one !== '').join(','),
  };
}

function startInstance(plan: ProcessPlan, env: NodeJS.ProcessEnv): ChildProcess {
  const execArgv = [...process.execArgv, ...plan.flags];
  if (plan.listen !== 'shared port') return fork(program, [], { env, execArgv });
  cluster.setupPrimary({ exec: program, args: [], execArgv });
  return cluster.fork(env).process;
}

/** In an order in which nobody's request is cut: not ready, nothing new from nginx, then the instances. */
async function stop({ instances, nginx, worker }: Crew, drainMs: number): Promise<void> {
  const workerGone = worker?.stop(tellToStop, workerStopMs);
  if (nginx !== null) {
    for (const instance of instances) instance.tell({ kind: 'drain' });
    await delay(drainMs);
    // Finishes its requests, unlike at SIGTERM.
    await nginx.stop((child) => child.kill('SIGQUIT'), nginxStopMs);
  }
  await Promise.all(instances.map((one) => one.stop(tellToStop, drainMs + instanceStopMs)));
  await workerGone;
}

function tellToStop(child: ChildProcess): void {
  const order: Order = { kind: 'stop' };
  // A channel that closes meanwhile is seen by its end.
  if (child.connected) child.send(order, () => {});
}

/** A deploy that is asked for while one is under way follows it: the instances that it has replaced already are older. */
function replacing(crew: Crew, log: Logger): () => void {
  let wanted = 0;
  return async () => {
    // However many are asked for meanwhile, one more replaces all.
    wanted = Math.min(wanted + 1, 2);
    if (wanted > 1) return;
    for (; wanted > 0; wanted -= 1) await replaceOneByOne(crew, log);
  };
}

/** A deploy: one at a time, each replaced by its successor before the next is told. */
async function replaceOneByOne({ instances, nginx }: Crew, log: Logger): Promise<void> {
  for (const instance of instances) {
    await instance.replace({ kind: 'stop' });
    log.info({ child: instance.name, pid: instance.pid }, 'replaced');
    // nginx leaves it out for as long, because it was away, and counts in whole seconds: without the next one, too, nobody would answer.
    if (nginx !== null) await delay((outSeconds + 1) * 1000 + firstAnswerMs, null, { ref: false });
  }
}

/** nginx cannot choose one, and one that is taken would only make it start again and again. */
async function withPorts(config: Config): Promise<Config> {
  const { host, port, httpsPort } = config;
  return {
    ...config,
    port: await portOrExit(host, port),
    httpsPort: httpsPort === null ? null : await portOrExit(host, httpsPort),
  };
}

async function portOrExit(host: string, wanted: number): Promise<number> {
  try {
    return await freePort(host, wanted);
  } catch (error) {
    console.error(`Cannot listen on ${host}:${wanted}: ${reasonOf(error as Error)}`);
    process.exit(exitCodes.failed);
  }
}
