/** A scheduler late by a little is not a different window: every rate is over the window's real length. */
const tolerance = 0.02;
const toleranceMs = 250;

export function isOfLength({ durationMs }: { durationMs: number }, windowSeconds: number): boolean {
  const wantedMs = windowSeconds * 1000;
  return Math.abs(durationMs - wantedMs) <= Math.max(tolerance * wantedMs, toleranceMs);
}
