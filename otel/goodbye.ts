/** What is left is sent before the process ends, however it ends; only a kill that cannot be caught gets past. */
export function flushAtExit(shutdown: () => Promise<void>): void {
  // The event loop has run dry: the promise keeps it alive until everything is sent.
  process.once('beforeExit', () => void shutdown());

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const listener = () => {
      process.removeListener(signal, listener);
      if (process.listenerCount(signal) > 0) {
        // The service ends itself, sooner or later, and may be in the middle of answering.
        holdExit(shutdown);
      } else {
        // Without us the signal would have ended the process: end it the same way.
        void shutdown().then(() => process.kill(process.pid, signal));
      }
    };
    process.on(signal, listener);
  }
}

/** From here on `process.exit` waits for what is left to be sent. It is only held during a stop, when nothing is expected to follow it. */
function holdExit(shutdown: () => Promise<void>): void {
  const exit = process.exit;
  process.exit = ((code?: Parameters<typeof exit>[0]) => {
    if (code !== undefined) process.exitCode = code;
    void shutdown().then(() => exit());
  }) as typeof exit;
}
