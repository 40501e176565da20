import { exitCodes } from './exit.ts';

/** What a supervisor tells its children, and they it, over the channel between them. */
export type Order =
  /** Say that you are not ready any more, and go on answering. */
  | { kind: 'drain' }
  /** Drain unless that was said before, finish what is under way, end. */
  | { kind: 'stop' }
  /** The process in front of you, which is not to outlive the supervisor. */
  | { kind: 'front'; pid: number };

export interface Listening {
  kind: 'listening';
  address: unknown;
}

/** Number of an instance among its sisters; set by the supervisor alone. */
export const instanceVariable = 'SHOP_INSTANCE';
/** Path of the socket on which an instance listens in place of PORT; set by the supervisor alone. */
export const socketVariable = 'SHOP_SOCKET';

export function isSupervised(): boolean {
  return process.send !== undefined && process.env[instanceVariable] !== undefined;
}

/** Calls once when this process is to end. */
export function onStop(stop: (why: string) => void): void {
  if (isSupervised()) onOrders(stop);
  else onSignals(stop);
}

/** By itself: a second signal is a hurry. */
function onSignals(stop: (why: string) => void): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(exitCodes.interruptedTwice);
      stopping = true;
      stop(signal);
    });
  }
}

/** Beside others, whoever says so: a signal, the supervisor, or its disappearance. */
function onOrders(stop: (why: string) => void): void {
  let stopping = false;
  const once = (why: string) => {
    if (stopping) return;
    stopping = true;
    stop(why);
  };
  let front: number | null = null;
  process.on('message', (order: Order) => {
    if (order.kind === 'front') front = order.pid;
    else if (order.kind === 'stop') once('supervisor');
  });
  process.on('disconnect', () => {
    // nginx notices nothing when its parent dies; whoever is left ends it.
    if (front !== null) tryToSignal(front, 'SIGTERM');
    once('the supervisor has gone');
  });
  // A signal to the whole group reaches this process beside the supervisor's order: the second of the two is no hurry.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => once(signal));
  // While this process was starting: nobody is told of that again.
  if (!process.connected) once('the supervisor has gone');
}

function tryToSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
