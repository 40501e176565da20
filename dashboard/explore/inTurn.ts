let last: Promise<void> = Promise.resolve();

/** One after another, each when the browser has nothing else to do: charts that come near together must not hold up who scrolls. */
export function inTurn(begin: () => void): void {
  last = last.then(
    () =>
      new Promise((resolve) => {
        whenIdle(() => {
          begin();
          resolve();
        });
      }),
  );
}

/** Safari has no idle callbacks. */
function whenIdle(then: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(then, { timeout: 300 });
  else setTimeout(then, 16);
}
