import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';

export interface MeasuringLock {
  release(): Promise<void>;
}

interface LockOptions {
  /** Folder of this checkout, told to whoever has to wait; the lock itself is the machine's. */
  home: string;
  /** Wait for the other measurement instead of refusing. */
  wait: boolean;
  /** What holds the lock, for the message that others get: `run products-…`. */
  what: string;
  onWait?: (holder: string) => void;
}

/**
 * One measurement at a time for this user of this machine: two would disturb each other.
 * An abstract socket is freed by the kernel with its process, even on kill -9, and leaves no file behind.
 */
export async function takeMeasuringLock(options: LockOptions): Promise<MeasuringLock> {
  for (;;) {
    const server = await listen(name());
    if (server) return hold(server, options);
    const { holder, closed } = await ask(name());
    if (!options.wait) {
      throw new DynoError(
        `Another measurement is under way: ${holder}. Wait for its end, or say --wait.`,
        exitCodes.usage,
      );
    }
    options.onWait?.(holder);
    await closed;
  }
}

/** A different name per user, so that nobody can be kept from measuring by a name alone; NUL makes it abstract. */
function name(): string {
  return `\0dyno-measure-${process.getuid?.() ?? 0}`;
}

/** Null when somebody else has the name. */
async function listen(path: string): Promise<Server | null> {
  const server = createServer();
  try {
    server.listen(path);
    await once(server, 'listening');
    // The holder's end is when it says so or dies, not when it has nothing else to do.
    return server.unref();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null;
    throw error;
  }
}

/** Whoever connects is told who holds the lock, and stays connected until it is free. */
function hold(server: Server, { home, what }: LockOptions): MeasuringLock {
  const holder = `${what}, process ${process.pid} since ${new Date().toISOString()}, ${home}`;
  const waiting = new Set<Socket>();
  server.on('connection', (socket) => {
    waiting.add(socket.unref());
    socket.on('error', () => {});
    socket.on('close', () => waiting.delete(socket));
    socket.write(`${holder}\n`);
  });
  return {
    async release() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.ref();
      server.close();
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

/** `closed` settles when the holder has released the lock or died. */
async function ask(path: string): Promise<{ holder: string; closed: Promise<unknown> }> {
  const socket = connect(path);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  // A holder that is stopped or busy does not answer; the message then does without its name.
  const holder = await new Promise<string>((resolve) => {
    const noAnswer = 'a process that does not answer';
    const timer = setTimeout(() => resolve(noAnswer), 1_000);
    const answer = (text: string) => {
      clearTimeout(timer);
      resolve(text);
    };
    socket.once('data', (data) => answer(data.toString().trim()));
    socket.once('close', () => answer(noAnswer));
  });
  return { holder, closed };
}
